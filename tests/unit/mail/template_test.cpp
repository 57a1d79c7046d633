#include "libs/mail/template.h"

#include "tests/catch.h"

namespace marquee::mail {
namespace {

TEST_CASE("places take their values, which are not looked through again") {
  CHECK(fill_template("Hello {{name}}, {{name}}!", {{"name", "ada"}}) == "Hello ada, ada!");
  CHECK(fill_template("{{a}}{{b}}", {{"a", "{{b}}"}, {"b", "x"}}) == "{{b}}x");
  CHECK(fill_template("", {}).empty());
  CHECK(fill_template("} { }} {", {}) == "} { }} {");
  CHECK_THROWS(fill_template("{{nobody}}", {}));
  CHECK_THROWS(fill_template("{{a", {{"a", "x"}}));
}

TEST_CASE("HTML shows a text as it is") {
  CHECK(escape_html("<b a='1' c=\"2\">&amp;") ==
        "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;");
}

}  // namespace
}  // namespace marquee::mail
