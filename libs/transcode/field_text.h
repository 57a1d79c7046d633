// One text -> the wire form of one scalar field: what JSON tokens, query values and path values
// have in common. Nothing here writes tags.
#pragma once

#include <string>
#include <string_view>

#include "libs/transcode/message_plan.h"

namespace marquee::transcode {

enum class Fit { kOk, kWrongType, kOutOfRange, kNul };

bool is_integer(Kind kind);
bool is_number(Kind kind);
// Kinds of which an empty text is no value: numbers and date-times.
bool empty_is_unset(Kind kind);

// `number` is a JSON number (or anything: then kWrongType). An integer may be written as 5.0 or
// 5e1.
Fit write_number(const FieldPlan& field, std::string_view number, std::string& wire);

// `text` is valid UTF-8. For bool: "true", "false", "1", "0".
Fit write_text(const FieldPlan& field, std::string_view text, std::string& wire);
// The same for a value of the path, where one resource has one address: 7 is not 7.0 or 7e0.
Fit write_path_text(const FieldPlan& field, std::string_view text, std::string& wire);

// "must be a number", "must be one of: short_film, feature": what a client hears of a wrong type.
std::string expectation(const FieldPlan& field);

// "Min rating" of "min_rating".
std::string display_name(std::string_view name);

}  // namespace marquee::transcode
