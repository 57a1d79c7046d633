#include "libs/transcode/api.h"

#include <stdexcept>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include "libs/core/string_map.h"
#include "libs/transcode/plan_builder.h"
#include "marquee/api/policy.pb.h"

namespace marquee::transcode {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

class FirstError : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    if (text_.empty()) text_ = file + ": " + element + ": " + message;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What processes say to each other to carry the methods of all others: nobody's upstream.
constexpr std::string_view kOwnPackage = "marquee.api";

// "movie" of "marquee.movie.v1"; empty when the package is not of this form.
std::string upstream_of(std::string_view package) {
  constexpr std::string_view kHead = "marquee.";
  constexpr std::string_view kTail = ".v1";
  if (!package.starts_with(kHead) || !package.ends_with(kTail)) return {};
  if (package.size() <= kHead.size() + kTail.size()) return {};
  return std::string(package.substr(kHead.size(), package.size() - kHead.size() - kTail.size()));
}

// The `{field}` parts of a cache tag name fields of the request; where the reply is at hand as
// well,
// `{reply.field}` names one of its.
void check_tag(const Method& method, const std::string& tag, bool with_reply) {
  constexpr std::string_view kReply = "reply.";
  for (std::size_t open = tag.find('{'); open != std::string::npos;
       open = tag.find('{', open + 1)) {
    std::size_t close = tag.find('}', open);
    if (close == std::string::npos) {
      throw std::runtime_error(method.full_name + ": unfinished tag \"" + tag + "\"");
    }
    std::string name = tag.substr(open + 1, close - open - 1);
    bool of_reply = with_reply && name.starts_with(kReply);
    const MessagePlan& plan = of_reply ? *method.reply : *method.request;
    if (plan.by_name(of_reply ? name.substr(kReply.size()) : name) == nullptr) {
      std::string text = method.full_name;
      text.append(": tag \"").append(tag).append("\" names \"").append(name);
      text.append("\", which its ").append(of_reply ? "reply" : "request");
      throw std::runtime_error(text.append(" does not have"));
    }
  }
}

// Replies that are on their way when the last is not made yet can say nothing of the answer itself.
void check_streamed(const Method& method) {
  const auto& policy = *method.policy;
  const char* what = nullptr;
  if (policy.cache().ttl_s() != 0) what = "be cached";
  if (!policy.drops().empty()) what = "drop cache tags";
  if (policy.session() != marquee::api::SESSION_EFFECT_NONE) what = "set cookies";
  if (policy.success_flag()) what = "have a success flag";
  for (const auto& field : method.reply->fields) {
    if (field.status_if_true != 0) what = "set the status";
    if (field.name == "next_cursor") what = "lead on to a next page";
  }
  if (what != nullptr) throw std::runtime_error(method.full_name + ": a stream cannot " + what);
}

}  // namespace

struct Api::Impl {
  DescriptorPool pool;
  std::vector<const FileDescriptor*> files;
  PlanBuilder plans;
  std::vector<std::unique_ptr<Method>> methods;
  StringMap<const Method*> methods_by_name;

  void add_method(const MethodDescriptor& descriptor) {
    if (descriptor.client_streaming()) {
      throw std::runtime_error(descriptor.full_name() + ": requests cannot be streamed");
    }
    auto method = std::make_unique<Method>();
    method->full_name = descriptor.full_name();
    method->grpc_path = '/' + descriptor.service()->full_name() + '/' + descriptor.name();
    method->upstream = upstream_of(descriptor.file()->package());
    if (method->upstream.empty()) {
      throw std::runtime_error(method->full_name + ": its package is not marquee.<service>.v1");
    }
    method->request = plans.find(descriptor.input_type()->full_name());
    method->reply = plans.find(descriptor.output_type()->full_name());
    method->policy = &descriptor.options().GetExtension(marquee::api::policy);
    method->descriptor = &descriptor;
    method->streams = descriptor.server_streaming();
    if (method->streams) check_streamed(*method);
    for (const std::string& tag : method->policy->cache().tags()) check_tag(*method, tag, false);
    for (const std::string& tag : method->policy->drops()) check_tag(*method, tag, true);
    methods_by_name.emplace(method->full_name, method.get());
    methods.push_back(std::move(method));
  }
};

Api::Api(std::string_view file_descriptor_set) : impl_(std::make_unique<Impl>()) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(file_descriptor_set.data(),
                          static_cast<int>(file_descriptor_set.size()))) {
    throw std::runtime_error("the descriptor set cannot be parsed");
  }
  for (const auto& file : set.file()) {
    FirstError error;
    const FileDescriptor* built = impl_->pool.BuildFileCollectingErrors(file, &error);
    if (built == nullptr) throw std::runtime_error("descriptor set: " + error.text());
    impl_->files.push_back(built);
    impl_->plans.add_file(*built);
  }
  for (const FileDescriptor* file : impl_->files) {
    if (file->package() == kOwnPackage) continue;
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) impl_->add_method(*service->method(m));
    }
  }
}

Api::~Api() = default;

const std::vector<std::unique_ptr<Method>>& Api::methods() const {
  return impl_->methods;
}

const Method* Api::find_method(std::string_view full_name) const {
  auto it = impl_->methods_by_name.find(full_name);
  return it == impl_->methods_by_name.end() ? nullptr : it->second;
}

const MessagePlan* Api::find_message(std::string_view full_name) const {
  return impl_->plans.find(full_name);
}

const DescriptorPool& Api::pool() const {
  return impl_->pool;
}

const std::vector<const FileDescriptor*>& Api::files() const {
  return impl_->files;
}

}  // namespace marquee::transcode
