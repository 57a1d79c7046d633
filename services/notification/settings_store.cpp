#include "services/notification/settings_store.h"

#include <vector>

namespace marquee::notification {
namespace {

constexpr db::Statement kPreferences{
    "preferences", "SELECT email, push, digest FROM preferences WHERE user_id = $1::bigint"};
constexpr db::Statement kChoices{
    "channel_choices",
    "SELECT kind, inbox, push, email FROM channel_choices WHERE user_id = $1::bigint"};

constexpr db::Statement kChangePreferences{"change_preferences", R"sql(
  INSERT INTO preferences AS p (user_id, email, push, digest)
  VALUES ($1::bigint, $2::boolean, $3::boolean, $4::boolean)
  ON CONFLICT (user_id) DO UPDATE
     SET email = coalesce(excluded.email, p.email), push = coalesce(excluded.push, p.push),
         digest = coalesce(excluded.digest, p.digest))sql"};
constexpr db::Statement kChangeChoice{"change_channel_choice", R"sql(
  INSERT INTO channel_choices AS c (user_id, kind, inbox, push, email)
  VALUES ($1::bigint, $2, $3::boolean, $4::boolean, $5::boolean)
  ON CONFLICT (user_id, kind) DO UPDATE
     SET inbox = coalesce(excluded.inbox, c.inbox), push = coalesce(excluded.push, c.push),
         email = coalesce(excluded.email, c.email))sql"};

constexpr db::Statement kDropMails{"drop_unwanted_mails", R"sql(
  DELETE FROM mail_items i USING notifications n
   WHERE i.user_id = $1::bigint AND n.id = i.notification_id AND n.kind = ANY($2::text[]))sql"};
constexpr db::Statement kHurryItems{
    "hurry_mail_items", "UPDATE mail_items SET due_at = now() WHERE user_id = $1::bigint"};
constexpr db::Statement kHurryQueue{
    "hurry_mail_queue", "UPDATE mail_queue SET due_at = now() WHERE user_id = $1::bigint"};

constexpr db::Statement kUserOfToken{"unsubscribe_user",
                                     "SELECT user_id FROM unsubscribe_tokens WHERE token = $1"};

void read_flag(const pqxx::field& field, bool& flag) {
  if (!field.is_null()) flag = field.as<bool>();
}

Preferences read(db::Tx& tx, std::int64_t user) {
  Preferences preferences;
  for (const auto& row : tx.exec(kPreferences, user)) {
    read_flag(row[0], preferences.email);
    read_flag(row[1], preferences.push);
    read_flag(row[2], preferences.digest);
  }
  for (std::size_t i = 0; i < kKinds.size(); ++i) preferences.kinds[i] = kKinds[i].defaults;
  for (const auto& row : tx.exec(kChoices, user)) {
    const KindRow* kind = find_kind(row[0].c_str());
    if (kind == nullptr) continue;
    auto& channels = preferences.kinds[static_cast<std::size_t>(kind - kKinds.data())];
    read_flag(row[1], channels.inbox);
    read_flag(row[2], channels.push);
    read_flag(row[3], channels.email);
  }
  return preferences;
}

std::vector<std::string> not_mailed(const Preferences& preferences) {
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const auto& channels = preferences.kinds[i];
    if (!preferences.email || !channels.inbox || !channels.email) kinds.push_back(kKinds[i].name);
  }
  return kinds;
}

}  // namespace

Preferences SettingsStore::get(const Deadline& deadline, std::int64_t user) {
  return pool_.read(deadline, [&](db::Tx& tx) { return read(tx, user); });
}

Preferences SettingsStore::change(const Deadline& deadline, std::int64_t user,
                                  const PreferencesChange& change) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    // Always, so that changes of one user wait for each other.
    tx.exec(kChangePreferences, user, change.email, change.push, change.digest);
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
      const auto& choice = change.kinds[i];
      if (!choice.any()) continue;
      tx.exec(kChangeChoice, user, kKinds[i].name, choice.inbox, choice.push, choice.email);
    }
    const Preferences preferences = read(tx, user);
    const auto unwanted = not_mailed(preferences);
    if (!unwanted.empty()) tx.exec(kDropMails, user, db::array(unwanted));
    if (change.digest && !*change.digest) {
      tx.exec(kHurryItems, user);
      tx.exec(kHurryQueue, user);
    }
    return preferences;
  });
}

std::optional<std::int64_t> SettingsStore::user_of_token(const Deadline& deadline,
                                                         const std::string& token) {
  return pool_.read(deadline, [&](db::Tx& tx) -> std::optional<std::int64_t> {
    const auto rows = tx.exec(kUserOfToken, token);
    if (rows.empty()) return std::nullopt;
    return rows[0][0].as<std::int64_t>();
  });
}

}  // namespace marquee::notification
