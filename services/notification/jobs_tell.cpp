// JobsStore::tell: one transaction for the next part of many jobs.
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "services/notification/jobs_store.h"

namespace marquee::notification {
namespace {

// Those that are at their places.
constexpr db::Statement kMoveOn{"job_move_on", R"sql(
  UPDATE jobs SET position = s.next, failures = 0, not_before = now()
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS s (id, position, next)
   WHERE jobs.id = s.id AND jobs.position = s.position RETURNING jobs.id)sql"};
constexpr db::Statement kEndAt{"job_end_at", R"sql(
  DELETE FROM jobs USING unnest($1::bigint[], $2::bigint[]) AS s (id, position)
   WHERE jobs.id = s.id AND jobs.position = s.position RETURNING jobs.id)sql"};
// Groups that are too old to take more.
constexpr db::Statement kCloseGroups{"close_groups", R"sql(
  UPDATE notifications SET group_key = NULL WHERE id IN (
    SELECT old.id FROM unnest($1::bigint[], $2::text[]) AS g (user_id, group_key)
     CROSS JOIN LATERAL (
       SELECT id FROM notifications n
        WHERE n.user_id = g.user_id AND n.group_key = g.group_key AND n.read_at IS NULL
          AND n.created_at < now() - $3::bigint * interval '1 millisecond' OFFSET 0) old))sql"};

// Who wants to be told, of $1 users and $2 kinds, each pair once, $3 and $4 the kinds'
// defaults for push and email. Index, push, email, digest.
constexpr db::Statement kWanted{"tell_wanted", R"sql(
  SELECT u.n - 1, coalesce(c.push, u.push <> 0) AND coalesce(p.push, true),
         coalesce(c.email, u.email <> 0) AND coalesce(p.email, false), coalesce(p.digest, true)
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY
         AS u (user_id, kind, push, email, n)
    LEFT JOIN channel_choices c ON c.user_id = u.user_id AND c.kind = u.kind
    LEFT JOIN preferences p ON p.user_id = u.user_id
   WHERE coalesce(c.inbox, true)
     AND NOT EXISTS (SELECT FROM gone_users g WHERE g.user_id = u.user_id)
   ORDER BY u.n)sql"};

// Who has gone since.
constexpr db::Statement kGoneOf{"tell_gone",
                                "SELECT user_id FROM gone_users WHERE user_id = ANY($1::bigint[])"};

// $1 users; for each $2 kind, $3 actor, $4 film, $5 its title, $6 source (no source is 0), $7
// group, which takes more for $8 milliseconds. No user has two of one group. Whose group is too old
// is in no row.
constexpr db::Statement kTell{"tell_users", R"sql(
  INSERT INTO notifications AS n (user_id, kind, actors, actor_count, object_type, object_id,
                                  object_title, source_id, group_key)
  SELECT user_id, kind, ARRAY[actor_id], 1, 'movie', object_id, title, nullif(source_id, 0),
         group_key
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
                $7::text[]) AS t (user_id, kind, actor_id, object_id, title, source_id, group_key)
   ORDER BY user_id, group_key
  ON CONFLICT (user_id, group_key) WHERE read_at IS NULL AND group_key IS NOT NULL DO UPDATE
     SET actors = (array_remove(n.actors, excluded.actors[1]) || excluded.actors)
                  [greatest(1, cardinality(array_remove(n.actors, excluded.actors[1])) - 6):],
         actor_count = n.actor_count
                       + CASE WHEN excluded.actors[1] = ANY (n.actors) THEN 0 ELSE 1 END,
         object_title = excluded.object_title, source_id = excluded.source_id,
         updated_at = excluded.updated_at
   WHERE n.created_at >= now() - $8::bigint * interval '1 millisecond'
  RETURNING user_id, group_key, id, actor_count, to_micros(created_at), to_micros(updated_at))sql"};

// $1 notifications, $2 their users, $3 milliseconds to their mails.
constexpr db::Statement kMail{"tell_by_mail", R"sql(
  WITH items AS (
    INSERT INTO mail_items (notification_id, user_id, due_at)
    SELECT id, user_id, now() + delay * interval '1 millisecond'
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS m (id, user_id, delay)
    ON CONFLICT DO NOTHING RETURNING user_id, due_at)
  INSERT INTO mail_queue AS q (user_id, due_at)
  SELECT user_id, min(due_at) FROM items GROUP BY user_id ORDER BY user_id
  ON CONFLICT (user_id) DO UPDATE SET due_at = least(q.due_at, excluded.due_at))sql"};

constexpr db::Statement kUnread{
    "unread_of", "SELECT user_id, unread FROM unread_counts WHERE user_id = ANY($1::bigint[])"};

// Ids of the jobs that were at the places given, and are not any more.
std::unordered_set<std::int64_t> move(db::Tx& tx, const std::vector<Telling>& tellings) {
  std::vector<std::int64_t> going;
  std::vector<std::int64_t> going_from;
  std::vector<std::int64_t> going_to;
  std::vector<std::int64_t> ending;
  std::vector<std::int64_t> ending_at;
  for (const Telling& telling : tellings) {
    (telling.next ? going : ending).push_back(telling.job.id);
    (telling.next ? going_from : ending_at).push_back(telling.job.position);
    if (telling.next) going_to.push_back(*telling.next);
  }
  std::unordered_set<std::int64_t> moved;
  const auto note = [&moved](const pqxx::result& rows) {
    for (const auto& row : rows) moved.insert(row[0].as<std::int64_t>());
  };
  if (!going.empty()) {
    note(tx.exec(kMoveOn, db::array(going), db::array(going_from), db::array(going_to)));
  }
  if (!ending.empty()) note(tx.exec(kEndAt, db::array(ending), db::array(ending_at)));
  return moved;
}

// A reader, and what is told.
struct Receiver : Reader {
  std::size_t telling = 0;
  std::string group;
};

std::string group_of(const Job& job) {
  return job.kind + ":" + std::to_string(job.movie_id);
}

std::string users_of(const std::vector<Receiver>& receivers) {
  std::vector<std::int64_t> users;
  for (const Receiver& receiver : receivers) users.push_back(receiver.user);
  return db::array(users);
}

// What users want of kinds, of those who want any of it.
using Wishes = std::map<std::pair<std::int64_t, std::string_view>, Reader>;

Wishes wishes_of(db::Tx& tx, const std::set<std::pair<std::int64_t, std::string_view>>& asked) {
  std::vector<std::int64_t> users;
  std::vector<std::string> kinds;
  std::vector<std::int64_t> push;
  std::vector<std::int64_t> email;
  for (const auto& [user, name] : asked) {
    const KindRow& kind = *find_kind(name);
    users.push_back(user);
    kinds.emplace_back(name);
    push.push_back(kind.defaults.push ? 1 : 0);
    email.push_back(kind.defaults.email ? 1 : 0);
  }
  Wishes wishes;
  for (const auto& row :
       tx.exec(kWanted, db::array(users), db::array(kinds), db::array(push), db::array(email))) {
    const auto index = row[0].as<std::size_t>();
    wishes[{users.at(index), find_kind(kinds[index])->name}] = {
        users[index], row[1].as<bool>(), row[2].as<bool>(), row[3].as<bool>()};
  }
  return wishes;
}

// The readers of the tellings whose jobs have `moved`.
std::vector<Receiver> receivers_of(const std::vector<Telling>& tellings,
                                   const std::unordered_set<std::int64_t>& moved) {
  std::vector<Receiver> receivers;
  for (std::size_t i = 0; i < tellings.size(); ++i) {
    const Job& job = tellings[i].job;
    if (!moved.contains(job.id)) continue;
    for (const Reader& reader : tellings[i].readers) {
      receivers.push_back({reader, i, group_of(job)});
    }
  }
  return receivers;
}

void leave_out_gone(db::Tx& tx, std::vector<Receiver>& receivers) {
  std::unordered_set<std::int64_t> gone;
  for (const auto& row : tx.exec(kGoneOf, users_of(receivers))) {
    gone.insert(row[0].as<std::int64_t>());
  }
  std::erase_if(receivers, [&](const Receiver& receiver) { return gone.contains(receiver.user); });
}

void close_groups(db::Tx& tx, const std::vector<Receiver>& receivers,
                  std::chrono::milliseconds window) {
  std::vector<std::string> groups;
  for (const Receiver& receiver : receivers) groups.push_back(receiver.group);
  tx.exec(kCloseGroups, users_of(receivers), db::array(groups),
          static_cast<std::int64_t>(window.count()));
}

// What is told to a receiver, not stored yet: its id is 0.
Told told_to(const Receiver& receiver, const Telling& telling) {
  Told told;
  told.user_id = receiver.user;
  told.push = receiver.push;
  told.notification.kind = telling.job.kind;
  told.notification.actor_id = telling.job.actor_id;
  told.notification.object_type = "movie";
  told.notification.object_id = std::to_string(telling.job.movie_id);
  told.notification.object_title = telling.title;
  told.notification.source_id = telling.job.source_id;
  return told;
}

using Places = std::map<std::pair<std::int64_t, std::string>, std::size_t>;

// Stores what can be added to the groups that there are, or begins one.
void store(db::Tx& tx, const std::vector<Receiver>& receivers, const Places& places,
           std::chrono::milliseconds window, std::vector<Told>& all) {
  std::vector<std::string> kinds;
  std::vector<std::int64_t> actors;
  std::vector<std::string> films;
  std::vector<std::string> titles;
  std::vector<std::int64_t> sources;
  std::vector<std::string> groups;
  for (const Receiver& receiver : receivers) {
    const auto& notification = all[places.at({receiver.user, receiver.group})].notification;
    kinds.push_back(notification.kind);
    actors.push_back(notification.actor_id);
    films.push_back(notification.object_id);
    titles.push_back(notification.object_title);
    sources.push_back(notification.source_id.value_or(0));
    groups.push_back(receiver.group);
  }
  for (const auto& row : tx.exec(kTell, users_of(receivers), db::array(kinds), db::array(actors),
                                 db::array(films), db::array(titles), db::array(sources),
                                 db::array(groups), static_cast<std::int64_t>(window.count()))) {
    auto& notification = all[places.at({row[0].as<std::int64_t>(), row[1].c_str()})].notification;
    notification.id = row[2].as<std::int64_t>();
    notification.actor_count = row[3].as<int>();
    notification.created_at_us = row[4].as<std::int64_t>();
    notification.updated_at_us = row[5].as<std::int64_t>();
  }
}

// What each of them has now, in their order.
std::vector<Told> tell(db::Tx& tx, const std::vector<Telling>& tellings,
                       const std::vector<Receiver>& receivers, std::chrono::milliseconds window) {
  std::vector<Told> all;
  Places places;
  for (const Receiver& receiver : receivers) {
    places[{receiver.user, receiver.group}] = all.size();
    all.push_back(told_to(receiver, tellings[receiver.telling]));
  }
  store(tx, receivers, places, window, all);
  std::vector<Receiver> late;
  for (std::size_t i = 0; i < receivers.size(); ++i) {
    if (all[i].notification.id == 0) late.push_back(receivers[i]);
  }
  if (late.empty()) return all;
  close_groups(tx, late, window);
  store(tx, late, places, window, all);
  return all;
}

void queue_mails(db::Tx& tx, const std::vector<Receiver>& receivers, const std::vector<Told>& all,
                 const TellRules& rules) {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> delays;
  for (std::size_t i = 0; i < receivers.size(); ++i) {
    if (!receivers[i].email) continue;
    ids.push_back(all[i].notification.id);
    users.push_back(receivers[i].user);
    delays.push_back((receivers[i].digest ? rules.mail_digest : rules.mail_delay).count());
  }
  if (!ids.empty()) tx.exec(kMail, db::array(ids), db::array(users), db::array(delays));
}

void count_unread(db::Tx& tx, const std::vector<Receiver>& receivers, std::vector<Told>& all) {
  std::unordered_map<std::int64_t, std::int64_t> unread;
  for (const auto& row : tx.exec(kUnread, users_of(receivers))) {
    unread[row[0].as<std::int64_t>()] = row[1].as<std::int64_t>();
  }
  for (Told& told : all) told.unread = unread[told.user_id];
}

}  // namespace

void JobsStore::choose_readers(const Deadline& deadline, std::vector<Telling>& tellings) const {
  std::set<std::pair<std::int64_t, std::string_view>> asked;
  for (const Telling& telling : tellings) {
    for (const std::int64_t user : telling.users) asked.emplace(user, telling.job.kind);
  }
  if (asked.empty()) return;
  const Wishes wishes = pool_.read(deadline, [&](db::Tx& tx) { return wishes_of(tx, asked); });
  for (Telling& telling : tellings) {
    for (const std::int64_t user : telling.users) {
      const auto wish = wishes.find({user, telling.job.kind});
      if (wish != wishes.end()) telling.readers.push_back(wish->second);
    }
  }
}

std::vector<Told> JobsStore::tell(const Deadline& deadline, const std::vector<Telling>& tellings,
                                  const TellRules& rules) const {
  return pool_.write(deadline, [&](db::Tx& tx) -> std::vector<Told> {
    auto receivers = receivers_of(tellings, move(tx, tellings));
    if (!receivers.empty()) leave_out_gone(tx, receivers);
    if (receivers.empty()) return {};
    auto all = notification::tell(tx, tellings, receivers, rules.group_window);
    queue_mails(tx, receivers, all, rules);
    count_unread(tx, receivers, all);
    return all;
  });
}

}  // namespace marquee::notification
