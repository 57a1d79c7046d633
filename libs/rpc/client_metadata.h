// What a gRPC call of its own says beside its messages, and hears: of a ClientCall, in the words of
// libs/rpc/caller.h. For the .cpp files of libs/rpc.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include "libs/rpc/client_call.h"

namespace marquee::rpc {

// Deadline, caller, request id and trace.
void fill_context(grpc::ClientContext& context, const ClientCall& call);
// How it ended. After that.
void read_status(const grpc::ClientContext& context, const grpc::Status& status, Answer& answer);
// Fills in what an ErrorDetail says. False when it is none.
bool read_error_detail(std::string_view bytes, Answer& answer);

}  // namespace marquee::rpc
