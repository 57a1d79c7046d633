// What a client sends of a film, checked and made ready for the store. Any thread.
#pragma once

#include "services/movie/catalog_store.h"

namespace marquee::movie {

// Throws INVALID_ARGUMENT naming every wrong field, first "Missing required field: title".
FilmDraft draft_of(const v1::CreateMovieRequest& request);
FilmDraft draft_of(const v1::UpdateMovieRequest& request);

}  // namespace marquee::movie
