#include "services/room-sync/chat_store.h"

#include <algorithm>
#include <limits>

namespace marquee::rooms {
namespace {

#define LINE_COLUMNS "id, room, user_id, body, (extract(epoch FROM sent_at) * 1000000)::bigint"

constexpr db::Statement kAddLine{
    "add_chat_line",
    "INSERT INTO chat_lines (room, user_id, body) VALUES ($1, $2::bigint, $3)"
    " RETURNING " LINE_COLUMNS};
constexpr db::Statement kLines{"list_chat_lines",
                               "SELECT " LINE_COLUMNS
                               " FROM chat_lines WHERE room = $1 AND id < $2::bigint"
                               " ORDER BY id DESC LIMIT $3::bigint"};

#undef LINE_COLUMNS

constexpr db::Statement kLockLine{
    "lock_chat_line",
    "SELECT user_id FROM chat_lines WHERE id = $1::bigint AND room = $2 FOR UPDATE"};
constexpr db::Statement kDeleteLine{"delete_chat_line",
                                    "DELETE FROM chat_lines WHERE id = $1::bigint"};
constexpr db::Statement kDeleteLinesOf{
    "delete_chat_lines_of_user",
    "DELETE FROM chat_lines WHERE user_id = $1::bigint RETURNING id, room"};

StoredLine read_line(const pqxx::row& row) {
  StoredLine line;
  line.id = row[0].as<std::int64_t>();
  line.room = row[1].c_str();
  line.user_id = row[2].as<std::int64_t>();
  line.said = row[3].c_str();
  line.sent_at_us = row[4].as<std::int64_t>();
  return line;
}

}  // namespace

StoredLine ChatStore::add(const Deadline& deadline, const std::string& room, std::int64_t user,
                          const std::string& said) {
  return pool_.write_statement(
      deadline, [&](db::Tx& tx) { return read_line(tx.exec(kAddLine, room, user, said)[0]); });
}

LinePage ChatStore::list(const Deadline& deadline, const std::string& room, std::int64_t before,
                         std::int64_t limit) {
  if (before == 0) before = std::numeric_limits<std::int64_t>::max();
  return pool_.read(deadline, [&](db::Tx& tx) {
    LinePage page;
    for (const auto& row : tx.exec(kLines, room, before, limit + 1)) {
      if (static_cast<std::int64_t>(page.lines.size()) == limit) {
        page.more = true;
        break;
      }
      page.lines.push_back(read_line(row));
    }
    return page;
  });
}

void ChatStore::remove(const Deadline& deadline, const std::string& room, std::int64_t id,
                       std::int64_t user, bool any) {
  pool_.write(deadline, [&](db::Tx& tx) {
    auto rows = tx.exec(kLockLine, id, room);
    if (rows.empty()) throw Error::not_found("message_not_found", "Message not found");
    if (!any && rows[0][0].as<std::int64_t>() != user) {
      throw Error::denied("not_your_message", "Unauthorized to delete this message");
    }
    tx.exec(kDeleteLine, id);
  });
}

std::vector<RemovedLine> remove_lines_of(db::Tx& tx, std::int64_t user) {
  std::vector<RemovedLine> removed;
  for (const auto& row : tx.exec(kDeleteLinesOf, user)) {
    removed.push_back({row[0].as<std::int64_t>(), row[1].c_str()});
  }
  std::sort(removed.begin(), removed.end(),
            [](const RemovedLine& a, const RemovedLine& b) { return a.id > b.id; });
  return removed;
}

}  // namespace marquee::rooms
