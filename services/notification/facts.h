// What the service hears by durable events, and makes of it: jobs that tell people, and the end of
// what deleted users left. Each handler writes a row or two, however many users are concerned.
#pragma once

#include <chrono>

#include "libs/events/handlers.h"
#include "services/notification/jobs.h"

namespace marquee::notification {

// The consumers' places in the stream.
inline constexpr char kReviewsConsumer[] = "notification-reviews";
inline constexpr char kMoviesConsumer[] = "notification-movies";
inline constexpr char kDeletionsConsumer[] = "notification-deletions";

// `store` and `jobs` must outlive them. What happened longer ago than `news_age` is told to nobody.
events::Handlers fact_handlers(const JobsStore& store, std::chrono::milliseconds news_age,
                               Jobs& jobs);

}  // namespace marquee::notification
