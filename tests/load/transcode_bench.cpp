// What the transcoder costs a message, against protobuf's own JSON utilities in the same run: a
// page of 20 films from the wire to JSON, and a body of 1 KB from JSON to the wire.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "libs/transcode/reply_writer.h"
#include "libs/transcode/request_encoder.h"
#include "tests/unit/transcode/test_api.h"
#include "tests/unit/transcode/test_api.pb.h"

namespace marquee::transcode {
namespace {

using testapi::v1::CardPage;
using testapi::v1::SaveFilmRequest;

constexpr int kRuns = 15;
constexpr double kRunNanos = 40e6;

// CPU time of this thread, which a busy machine lengthens less than time on the wall.
double cpu_nanos() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Nanoseconds a call, over about kRunNanos.
double measure(const std::function<void()>& call) {
  long calls = 0;
  double start = cpu_nanos();
  double elapsed = 0;
  while (elapsed < kRunNanos) {
    for (int i = 0; i < 50; ++i) call();
    calls += 50;
    elapsed = cpu_nanos() - start;
  }
  return elapsed / static_cast<double>(calls);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Interleaved, so that a disturbance of the machine meets both. Returns how many times faster
// `ours` is.
double compare(const char* what, std::size_t wire_bytes, std::size_t json_bytes,
               const std::function<void()>& ours, const std::function<void()>& theirs) {
  std::vector<double> our_times;
  std::vector<double> their_times;
  for (int run = 0; run < kRuns; ++run) {
    our_times.push_back(measure(ours));
    their_times.push_back(measure(theirs));
  }
  double our_time = median(our_times);
  double their_time = median(their_times);
  std::printf("%s (%zu bytes of wire, %zu of JSON)\n", what, wire_bytes, json_bytes);
  std::printf("  transcoder          %9.0f ns\n", our_time);
  std::printf("  protobuf json_util  %9.0f ns\n", their_time);
  std::printf("  ratio               %9.1f x\n", their_time / our_time);
  return their_time / our_time;
}

std::string page_wire() {
  CardPage page;
  for (int i = 0; i < 20; ++i) {
    auto& card = *page.add_films();
    card.set_id(1000 + i);
    card.set_title("The Grand Film No. " + std::to_string(i));
    card.set_overview(
        "A clerk finds a reel that shows tomorrow, and has one night to decide who may see it.");
    card.set_release_date("1999-03-31");
    card.set_runtime(90 + i);
    card.set_adult(i % 7 == 0);
    card.set_rating(5.5 + i * 0.2);
    card.set_poster_url("https://images.example.org/posters/" + std::to_string(i) + ".jpg");
    card.add_genres("Drama");
    card.add_genres("Science Fiction");
    card.mutable_created_at()->set_seconds(1'700'000'000 + i * 86'400);
  }
  page.set_next_cursor("eyJpZCI6MTAyMH0");
  return page.SerializeAsString();
}

std::string body_json() {
  std::string json =
      R"({"overview":"A clerk finds a reel that shows tomorrow.","rating":7.5,"genres":["Drama",)"
      R"("Noir","Science Fiction"],"released_at":"1999-03-31T20:15:00Z","director":{"name":)"
      R"("Jane Doe","rank":1,"cast":[)";
  for (int i = 0; i < 12; ++i) {
    if (i > 0) json += ',';
    json += R"({"name":"Actor Number )" + std::to_string(i) + R"(","rank":)" + std::to_string(i) +
            R"(,"cast":[]})";
  }
  json += R"(]},"published":true,"ranks":[1,2,3,4,5],"min_rating":3,"counts":{"likes":12,"views":)"
          R"(34567},"by_name":"jane","trailer":"https://videos.example.org/t/1234.mp4",)"
          R"("kind":"PROJECT_TYPE_FEATURE"})";
  return json;
}

// Our enum names are not protobuf's.
std::string for_us(std::string json) {
  const std::string theirs = "PROJECT_TYPE_FEATURE";
  return json.replace(json.find(theirs), theirs.size(), "feature");
}

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "transcode_bench: %s\n", what);
  std::exit(2);
}

// The two jobs that are measured, each with what it needs between calls.
class Page {
 public:
  std::size_t wire_bytes() const { return wire_.size(); }
  std::size_t json_bytes() const { return json_.size(); }

  void ours() {
    json_.clear();
    ReplyMarks marks;
    must(write_reply(plan_, wire_, {}, json_, marks), "the page was refused");
  }
  void theirs() {
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    options.preserve_proto_field_names = true;
    their_json_.clear();
    CardPage page;
    must(page.ParseFromString(wire_), "the page does not parse");
    must(google::protobuf::util::MessageToJsonString(page, &their_json_, options).ok(),
         "protobuf refused the page");
  }

 private:
  const MessagePlan& plan_ = test_plan("CardPage");
  std::string wire_ = page_wire();
  std::string json_;
  std::string their_json_;
};

// The same page as the network may bring it.
class SlicedPage {
 public:
  void ours() {
    json_.clear();
    ReplyMarks marks;
    must(write_reply(plan_, slices_, {}, joined_, json_, marks), "the page was refused");
  }

 private:
  const MessagePlan& plan_ = test_plan("CardPage");
  std::string wire_ = page_wire();
  std::vector<std::string_view> slices_ = {
      std::string_view(wire_).substr(0, 1000), std::string_view(wire_).substr(1000, 1000),
      std::string_view(wire_).substr(2000, 1000), std::string_view(wire_).substr(3000)};
  std::string joined_;
  std::string json_;
};

class Body {
 public:
  std::size_t wire_bytes() const { return wire_.size(); }
  std::size_t json_bytes() const { return json_.size(); }

  void ours() {
    wire_.clear();
    must(!encode_json(plan_, json_, wire_), "the body was refused");
  }
  void theirs() {
    SaveFilmRequest request;
    must(google::protobuf::util::JsonStringToMessage(their_json_, &request).ok(),
         "protobuf refused the body");
    must(!request.SerializeAsString().empty(), "protobuf lost the body");
  }

 private:
  const MessagePlan& plan_ = test_plan("SaveFilmRequest");
  std::string their_json_ = body_json();
  std::string json_ = for_us(their_json_);
  std::string wire_;
};

template <typename Job>
double bench(const char* what) {
  Job job;
  job.ours();
  return compare(
      what, job.wire_bytes(), job.json_bytes(), [&] { job.ours(); }, [&] { job.theirs(); });
}

void bench_slices() {
  Page whole;
  SlicedPage cut;
  std::vector<double> extra;
  for (int run = 0; run < kRuns; ++run) {
    extra.push_back(measure([&] { cut.ours(); }) - measure([&] { whole.ours(); }));
  }
  std::printf("  in four slices      %+9.0f ns\n", median(extra));
}

template <typename Job>
int repeat(long calls) {
  Job job;
  for (long i = 0; i < calls; ++i) job.ours();
  return 0;
}

// For a profiler: ours alone, a fixed number of times.
int repeat(std::string_view job, long calls) {
  if (job == "page") return repeat<Page>(calls);
  if (job == "slices") return repeat<SlicedPage>(calls);
  if (job == "body") return repeat<Body>(calls);
  std::fprintf(stderr, "transcode_bench: no job of this name\n");
  return 2;
}

}  // namespace
}  // namespace marquee::transcode

int main(int argc, char** argv) {
  if (argc == 3) return marquee::transcode::repeat(argv[1], std::atol(argv[2]));
  if (argc > 1) {
    bool help = std::string_view(argv[1]) == "--help";
    std::fprintf(
        help ? stdout : stderr,
        "Usage: transcode_bench [page|slices|body CALLS]\n"
        "Prints nanoseconds of CPU a message (medians of interleaved runs) of the transcoder and\n"
        "of protobuf's json_util, and their ratio. Ends with 1 when the page is less than 5 times\n"
        "faster. Only a release build says something. With a job and a number it runs the\n"
        "transcoder alone so many times and prints nothing: for callgrind or perf.\n");
    return help ? 0 : 2;
  }
  using namespace marquee::transcode;
  double page = bench<Page>("a page of 20 films, wire to JSON");
  bench_slices();
  bench<Body>("a body of 1 KB, JSON to wire");
  constexpr double kRatioMin = 5;
  return page >= kRatioMin ? 0 : 1;
}
