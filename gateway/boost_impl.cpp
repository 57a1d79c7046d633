// The compiled half of Asio and Beast, for everything that links the gateway.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
