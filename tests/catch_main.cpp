// The one main() of the tests: defined here for Catch2 2, linked from the package for Catch2 3.
#ifdef MARQUEE_CATCH2_V2
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
