#include "libs/rpc/client_unary_call.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "libs/rpc/client_metadata.h"
#include "libs/rpc/flat_bytes.h"
#include "libs/rpc/tag.h"
#include "marquee/api/call_stream.pb.h"

namespace marquee::rpc {
namespace {

constexpr char kCollect[] = "/marquee.api.CallStream/Collect";

}  // namespace

struct ClientUnaryCall::Parts {
  Parts(const std::shared_ptr<grpc::Channel>& channel, Loop& owner, std::shared_ptr<LiveCalls> all)
      : loop(owner), live(std::move(all)), stub(channel) {}

  Answer read_answer() const;

  Loop& loop;
  const std::shared_ptr<LiveCalls> live;
  grpc::GenericStub stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> call;  // a part of context
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;
  grpc::Status status;
  bool collects = false;
  std::function<void(Answer&&)> answered;  // owning thread
};

ClientUnaryCall::ClientUnaryCall(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ClientUnaryCall::~ClientUnaryCall() = default;

std::shared_ptr<ClientUnaryCall> ClientUnaryCall::start(
    const std::shared_ptr<grpc::Channel>& channel, Loop& loop, std::shared_ptr<LiveCalls> live,
    const ClientCall& call, std::string_view collect, std::function<void(Answer&&)> answered) {
  auto unary =
      std::make_shared<ClientUnaryCall>(std::make_unique<Parts>(channel, loop, std::move(live)));
  unary->self_ = unary;
  Parts& parts = *unary->parts_;
  parts.collects = !collect.empty();
  parts.answered = std::move(answered);
  std::string method(call.method);
  if (parts.collects) {
    marquee::api::CollectRequest request;
    request.set_name(std::string(collect));
    parts.request = to_buffer(request.SerializeAsString());
    method = kCollect;
  } else {
    parts.request = to_buffer(std::string(call.payload));
  }
  fill_context(parts.context, call);
  parts.live->add(parts.context);
  parts.call =
      parts.stub.PrepareUnaryCall(&parts.context, method, parts.request, &parts.live->queue());
  parts.call->StartCall();
  parts.call->Finish(&parts.reply, &parts.status, unary->ended_.key());
  return unary;
}

// The last: whoever waits for the live calls may destroy them, and this, as soon as it knows.
void ClientUnaryCall::ended(bool /*ok*/) {
  auto answer = std::make_shared<Answer>(parts_->read_answer());
  parts_->loop.post([self = self_, answer] {
    auto done = std::exchange(self->parts_->answered, nullptr);
    if (done) done(std::move(*answer));
  });
  parts_->live->remove(parts_->context, std::move(self_));
}

void ClientUnaryCall::abandon() {
  parts_->answered = nullptr;
  parts_->context.TryCancel();
}

Answer ClientUnaryCall::Parts::read_answer() const {
  Answer answer;
  read_status(context, status, answer);
  if (!answer.ok()) return answer;
  FlatBytes flat(reply);
  answer.payload = flat.view();
  if (!collects) return answer;
  marquee::api::CollectReply collected;
  if (!collected.ParseFromString(answer.payload)) answer.code = Code::kInternal;
  answer.payload = std::move(*collected.mutable_payload());
  return answer;
}

}  // namespace marquee::rpc
