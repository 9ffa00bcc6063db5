/*
 * store_sqlite_updates.c - events in, the list out
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "log.h"
#include "store_sqlite.h"

enum {
	STATE_BEFORE,
	DIGEST_ACKNOWLEDGED,
	UPDATE_UPSERT,
	UPDATE_SETTLE,
	HOST_UPSERT,
	PUSHED_FORGET,
	PUSHED_ADD,
	READ_BACK_EVENT,
	READ_BACK_HOST,
	IS_REPLAYED,
	NOTE_REPLAYED,
	IS_STORED,
	HOST_IS_NEWER,
	IMAGE_IS_NEWER,
	UNITE_CONTAINERS,
	LIST,
	LIST_SINCE,
	REMOVED_SINCE
};

#define LIST_COLUMNS \
	"SELECT u.rowid, u.acknowledged_at IS NOT NULL, t.id, t.name," \
	" h.hostname, h.reference, h.digest, h.provider, h.status," \
	" h.platform, h.created, h.metadata, h.containers," \
	" h.first_pending_at, h.received_at, h.acknowledged_at," \
	" h.acknowledged_by, u.image, u.diun_version, u.hostname," \
	" u.status, u.provider, u.hub_link, u.mime_type, u.digest," \
	" u.created, u.platform, u.ctn_name, u.ctn_id, u.ctn_state," \
	" u.ctn_status, u.received_at, n.metadata," \
	" (SELECT count(*) FROM pushed_digests AS p" \
	" WHERE p.image = u.image)"

/* Left joins are done in this order: an image's hosts follow each other. */
#define LIST_JOINS \
	" LEFT JOIN tag_assignments AS a ON a.image = u.image" \
	" LEFT JOIN tags AS t ON t.id = a.tag_id" \
	" LEFT JOIN host_updates AS n ON n.image = u.image" \
	" AND n.hostname = u.hostname" \
	" LEFT JOIN host_updates AS h ON h.image = u.image"

/* An image is pending when the event's host is, or another. */
#define SETTLED \
	"acknowledged_at = CASE WHEN :pending OR EXISTS" \
	" (SELECT 1 FROM host_updates AS h WHERE h.image = updates.image" \
	" AND h.hostname <> :hostname AND h.acknowledged_at IS NULL)" \
	" THEN NULL ELSE coalesce(updates.acknowledged_at," \
	" datetime(:now)) END"

/* Acknowledged by the event itself, not before for the same digest. */
#define CLEARED \
	"host_updates.acknowledged_at IS NULL OR :current AND" \
	" host_updates.digest <> excluded.digest"

static const char *const sql[] = {
	[STATE_BEFORE] =
	"SELECT (u.acknowledged_at IS NULL) * 4"
	" + coalesce(h.acknowledged_at IS NULL AND h.image IS NOT NULL, 0)"
	" * 2 + coalesce(h.digest = :event_digest, 0)"
	" FROM updates AS u LEFT JOIN host_updates AS h"
	" ON h.image = u.image AND h.hostname = :hostname"
	" WHERE u.image = :image",

	[DIGEST_ACKNOWLEDGED] =
	"SELECT 1 FROM history WHERE image = :image AND hostname = :hostname"
	" AND action = 'acknowledged' AND digest = :event_digest LIMIT 1",

	/*
	 * Not INSERT OR REPLACE: that deletes the row, and its tag and hosts
	 * with it.
	 */
	[UPDATE_UPSERT] =
	"INSERT INTO updates (image, diun_version, hostname, status,"
	" provider, hub_link, mime_type, digest, created, platform,"
	" ctn_name, ctn_id, ctn_state, ctn_status, received_at,"
	" acknowledged_at)"
	" VALUES (:image, :event_diun_version, :hostname, :event_status,"
	" :event_provider, :event_hub_link, :event_mime_type, :event_digest,"
	" :event_created, :event_platform, :event_ctn_names, :event_ctn_id,"
	" :event_ctn_state, :event_ctn_status, :now,"
	" CASE WHEN :pending THEN NULL ELSE datetime(:now) END)"
	" ON CONFLICT (image) DO UPDATE SET"
	" diun_version = excluded.diun_version,"
	" hostname = excluded.hostname, status = excluded.status,"
	" provider = excluded.provider, hub_link = excluded.hub_link,"
	" mime_type = excluded.mime_type, digest = excluded.digest,"
	" created = excluded.created, platform = excluded.platform,"
	" ctn_name = excluded.ctn_name, ctn_id = excluded.ctn_id,"
	" ctn_state = excluded.ctn_state, ctn_status = excluded.ctn_status,"
	" received_at = excluded.received_at,"
	" " SETTLED,

	/* The same for an event that is not the image's newest. */
	[UPDATE_SETTLE] = "UPDATE updates SET " SETTLED
	" WHERE image = :image",

	/* The row of history that was appended just now is the event's. */
	[HOST_UPSERT] =
	"INSERT INTO host_updates (image, hostname, event_id, reference,"
	" diun_version, status, provider, hub_link, mime_type, digest,"
	" created, platform, metadata, containers, first_pending_at,"
	" received_at, acknowledged_at, acknowledged_by)"
	" VALUES (:image, :hostname, :id, :event_reference,"
	" :event_diun_version, :event_status, :event_provider,"
	" :event_hub_link, :event_mime_type, :event_digest, :event_created,"
	" :event_platform, :event_metadata, :event_containers, :now, :now,"
	" CASE WHEN :pending THEN NULL ELSE :now END,"
	" CASE WHEN :pending THEN '' ELSE :actor END)"
	" ON CONFLICT (image, hostname) DO UPDATE SET"
	" event_id = excluded.event_id, reference = excluded.reference,"
	" diun_version = excluded.diun_version, status = excluded.status,"
	" provider = excluded.provider, hub_link = excluded.hub_link,"
	" mime_type = excluded.mime_type, digest = excluded.digest,"
	" created = excluded.created, platform = excluded.platform,"
	" metadata = excluded.metadata, containers ="
	" CASE WHEN host_updates.digest <> excluded.digest"
	" OR host_updates.containers = excluded.containers"
	" THEN excluded.containers ELSE "
	SQL_UNITED("host_updates.containers", "excluded.containers")
	" END,"
	" first_pending_at = CASE WHEN host_updates.acknowledged_at IS NULL"
	" OR NOT :pending THEN host_updates.first_pending_at"
	" ELSE excluded.first_pending_at END,"
	" received_at = excluded.received_at,"
	" acknowledged_at = CASE WHEN :pending THEN NULL"
	" WHEN " CLEARED " THEN :now ELSE host_updates.acknowledged_at END,"
	" acknowledged_by = CASE WHEN :pending THEN ''"
	" WHEN " CLEARED " THEN :actor ELSE host_updates.acknowledged_by END",

	[PUSHED_FORGET] = "DELETE FROM pushed_digests WHERE image = :image",

	[PUSHED_ADD] =
	"INSERT OR IGNORE INTO pushed_digests (image, digest)"
	" VALUES (:image, :event_digest)",

	[READ_BACK_EVENT] =
	"SELECT 1 FROM history WHERE id = :id AND image = :image"
	" AND hostname = :hostname AND detail = :event_body",

	[READ_BACK_HOST] =
	"SELECT 1 FROM host_updates AS h JOIN updates AS u USING (image)"
	" WHERE h.image = :image AND h.hostname = :hostname"
	" AND h.event_id = :id AND h.reference = :event_reference"
	" AND h.digest = :event_digest AND h.metadata = :event_metadata"
	" AND (NOT :pending OR h.acknowledged_at IS NULL"
	" AND u.acknowledged_at IS NULL)",

	[IS_REPLAYED] = "SELECT 1 FROM replayed WHERE name = :name",

	[NOTE_REPLAYED] =
	"INSERT INTO replayed (name, history_id) VALUES (:name, :id)",

	/* Its time is that of the attempt, which did not take a minute. */
	[IS_STORED] =
	"SELECT id FROM history AS h WHERE image = :image"
	" AND hostname = :hostname AND detail = :event_body"
	" AND at >= :now AND at < strftime('%Y-%m-%dT%H:%M:%SZ', :now,"
	" '+1 minute') AND NOT EXISTS"
	" (SELECT 1 FROM replayed WHERE history_id = h.id) LIMIT 1",

	/*
	 * Of the same second is the one that did not have to wait: the others
	 * are replayed in the order in which they came.
	 */
	[HOST_IS_NEWER] =
	"SELECT 1 FROM host_updates AS h"
	" WHERE image = :image AND hostname = :hostname"
	" AND (received_at > :now OR received_at = :now AND NOT EXISTS"
	" (SELECT 1 FROM replayed WHERE history_id = h.event_id))",

	[IMAGE_IS_NEWER] =
	"SELECT 1 FROM updates WHERE image = :image AND received_at > :now",

	[UNITE_CONTAINERS] =
	"UPDATE host_updates SET containers = "
	SQL_UNITED("containers", ":event_containers")
	" WHERE image = :image AND hostname = :hostname"
	" AND digest = :event_digest AND containers <> :event_containers",

	[LIST] = LIST_COLUMNS " FROM updates AS u" LIST_JOINS,

	/* Cross join: from the few that changed to their rows. */
	[LIST_SINCE] =
	"WITH changed (image) AS ("
	"SELECT image FROM history WHERE id > :since"
	" UNION SELECT image FROM tag_assignments WHERE tag_id IN"
	" (SELECT json_extract(detail, '$.id') FROM history"
	" WHERE action = 'tag-renamed' AND id > :since)"
	" UNION SELECT image FROM host_updates WHERE hostname IN"
	" (SELECT hostname FROM history"
	" WHERE action = 'host-renamed' AND id > :since)) "
	LIST_COLUMNS " FROM changed CROSS JOIN updates AS u"
	" ON u.image = changed.image" LIST_JOINS,

	[REMOVED_SINCE] =
	"SELECT DISTINCT image FROM history AS r"
	" WHERE action = 'removed' AND id > :since AND NOT EXISTS"
	" (SELECT 1 FROM updates AS u WHERE u.image = r.image)",
};

/* What is known before an event: a sum of these. */
enum { SAME_DIGEST = 1, HOST_PENDING = 2, IMAGE_PENDING = 4 };

/*
 * Does the event make its host's row pending? Not if the host runs what it
 * reports, nor, where only digests reopen, if that was acknowledged there.
 */
static enum status
decide_pending(struct store_sqlite *s, struct params *params, int64_t before)
{
	enum status status;
	int64_t one;

	params->current = params->event->is_current;
	params->pending = !params->current;
	if (!params->pending || (before & HOST_PENDING) ||
	    !(s->options.flags & STORE_REOPEN_DIGEST) ||
	    params->event->digest[0] == '\0')
		return STATUS_OK;
	/* History may have been pruned; the host's own row is not. */
	if (before & SAME_DIGEST) {
		params->pending = 0;
		return STATUS_OK;
	}
	status = store_sqlite_get(s, sql[DIGEST_ACKNOWLEDGED], params, &one);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	params->pending = 0;
	return status;
}

/* The digest joins those that came since the image was acknowledged. */
static enum status
count_push(struct store_sqlite *s, const struct params *params,
    int64_t before)
{
	enum status status = STATUS_OK;

	if (params->pending && !(before & IMAGE_PENDING))
		status = store_sqlite_run(s, sql[PUSHED_FORGET], params,
		    NULL);
	if (status == STATUS_OK)
		status = store_sqlite_run(s, sql[PUSHED_ADD], params, NULL);
	return status;
}

static enum status
note_event(struct store_sqlite *s, struct params *params)
{
	enum status status;

	params->action = params->event->is_test ? "test" : "received";
	params->detail = params->event->body;
	status = store_sqlite_note(s, params);
	params->id = sqlite3_last_insert_rowid(s->db.handle);
	params->detail = "{}";
	return status;
}

/* Does the image's row become the event's, or does it show a newer one? */
static enum status
update_image(struct store_sqlite *s, struct params *params, bool is_replay)
{
	enum status status = STATUS_NOT_FOUND;
	int64_t one;

	if (is_replay)
		status = store_sqlite_get(s, sql[IMAGE_IS_NEWER], params,
		    &one);
	if (status == STATUS_OK || status == STATUS_NOT_FOUND)
		status = store_sqlite_run(s, sql[status == STATUS_OK
		    ? UPDATE_SETTLE : UPDATE_UPSERT], params, NULL);
	return status;
}

static enum status
upsert(struct store_sqlite *s, struct params *params, bool is_replay)
{
	enum status status;
	int64_t before = 0;

	status = store_sqlite_get(s, sql[STATE_BEFORE], params, &before);
	if (status == STATUS_OK || status == STATUS_NOT_FOUND)
		status = decide_pending(s, params, before);
	if (status == STATUS_OK)
		status = note_event(s, params);
	if (status == STATUS_OK)
		status = update_image(s, params, is_replay);
	if (status == STATUS_OK)
		status = count_push(s, params, before);
	if (status == STATUS_OK)
		status = store_sqlite_run(s, sql[HOST_UPSERT], params, NULL);
	/* What was open, or is new, and is current: that is news, too. */
	if (status == STATUS_OK && params->event->is_current &&
	    ((before & HOST_PENDING) || !(before & SAME_DIGEST))) {
		params->action = "acknowledged";
		status = store_sqlite_note(s, params);
	}
	return status;
}

/* Before it is committed, what was written is looked up and compared. */
static enum status
read_back(struct store_sqlite *s, const struct params *params,
    const char *statement)
{
	enum status status;
	int64_t one;

	status = store_sqlite_get(s, statement, params, &one);
	if (status != STATUS_NOT_FOUND)
		return status;
	(void)snprintf(s->base.reason, STORE_REASON_MAX, "what was written "
	    "to the database could not be read back: check disk and memory");
	log_error("%s: %s", s->base.reason, s->db.path);
	s->base.is_spent = true;
	return STATUS_UNAVAILABLE;
}

static enum status
store_news(struct store_sqlite *s, struct params *params, bool is_replay)
{
	enum status status = upsert(s, params, is_replay);

	if (status == STATUS_OK)
		status = read_back(s, params, sql[READ_BACK_HOST]);
	return status;
}

/* Something newer is there: it is history, but its containers count. */
static enum status
store_late(struct store_sqlite *s, struct params *params)
{
	enum status status = note_event(s, params);

	if (status == STATUS_OK)
		status = store_sqlite_run(s, sql[UNITE_CONTAINERS], params,
		    NULL);
	return status;
}

static enum status
store_event(struct store_sqlite *s, struct params *params, bool is_replay)
{
	enum status status = STATUS_NOT_FOUND;
	int64_t one;

	if (is_replay && !params->event->is_test)
		status = store_sqlite_get(s, sql[HOST_IS_NEWER], params,
		    &one);
	if (params->event->is_test)
		status = note_event(s, params);
	else if (status == STATUS_NOT_FOUND)
		status = store_news(s, params, is_replay);
	else if (status == STATUS_OK)
		status = store_late(s, params);
	if (status == STATUS_OK)
		status = read_back(s, params, sql[READ_BACK_EVENT]);
	return status;
}

static struct params
params_of(const struct diun_event *event)
{
	return (struct params){
		.event = event, .image = event->image,
		.hostname = event->hostname, .digest = event->digest,
		.actor = ACTOR_DIUN,
	};
}

enum status
sqlite_upsert_event(struct store *store, const struct diun_event *event)
{
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = params_of(event);
	enum status status;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	return store_sqlite_end_write(s, store_event(s, &params, false));
}

/* A name that has not been replayed yet. */
static enum status
replay_new(struct store_sqlite *s, struct params *params, bool is_uncertain)
{
	enum status status = STATUS_NOT_FOUND;

	if (is_uncertain)
		status = store_sqlite_get(s, sql[IS_STORED], params,
		    &params->id);
	if (status == STATUS_NOT_FOUND)
		status = store_event(s, params, true);
	if (status == STATUS_OK)
		status = store_sqlite_run(s, sql[NOTE_REPLAYED], params,
		    NULL);
	return status;
}

enum status
sqlite_replay_event(struct store *store, const struct diun_event *event,
    const struct store_replay *replay)
{
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = params_of(event);
	enum status status;
	int64_t one;

	params.name = replay->name;
	params.now = replay->received_at;
	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_get(s, sql[IS_REPLAYED], &params, &one);
	if (status == STATUS_NOT_FOUND)
		status = replay_new(s, &params, replay->is_uncertain);
	return store_sqlite_end_write(s, status);
}

/* A visit of the list: rows that belong together have the same rowid. */
struct listing {
	store_visit_update *visit;
	void *arg;
	int64_t rowid;
};

static void
read_host(sqlite3_stmt *row, struct host_update *host)
{
	*host = (struct host_update){
		.hostname = db_column_text(row, 4),
		.reference = db_column_text(row, 5),
		.digest = db_column_text(row, 6),
		.provider = db_column_text(row, 7),
		.status = db_column_text(row, 8),
		.platform = db_column_text(row, 9),
		.created = db_column_text(row, 10),
		.metadata = db_column_text(row, 11),
		.containers = db_column_text(row, 12),
		.first_pending_at = db_column_text(row, 13),
		.received_at = db_column_text(row, 14),
		.acknowledged_at = db_column_text(row, 15),
		.acknowledged_by = db_column_text(row, 16),
	};
	if (host->created[0] == '\0')
		host->created = CREATED_UNKNOWN;
}

static void
read_event(sqlite3_stmt *row, struct diun_event *event)
{
	*event = (struct diun_event){
		.image = db_column_text(row, 17),
		.diun_version = db_column_text(row, 18),
		.hostname = db_column_text(row, 19),
		.status = db_column_text(row, 20),
		.provider = db_column_text(row, 21),
		.hub_link = db_column_text(row, 22),
		.mime_type = db_column_text(row, 23),
		.digest = db_column_text(row, 24),
		.created = db_column_text(row, 25),
		.platform = db_column_text(row, 26),
		.ctn_names = db_column_text(row, 27),
		.ctn_id = db_column_text(row, 28),
		.ctn_state = db_column_text(row, 29),
		.ctn_status = db_column_text(row, 30),
		.metadata = db_column_text(row, 32),
	};
	if (event->created[0] == '\0')
		event->created = CREATED_UNKNOWN;
}

static enum status
visit_row(sqlite3_stmt *row, void *arg)
{
	struct listing *listing = arg;
	struct update_entry entry = {
		.is_first = sqlite3_column_int64(row, 0) != listing->rowid,
		.acknowledged = sqlite3_column_int(row, 1) != 0,
		.tag = {
			.id = sqlite3_column_int64(row, 2),
			.name = db_column_text(row, 3),
		},
	};

	listing->rowid = sqlite3_column_int64(row, 0);
	read_host(row, &entry.host);
	if (entry.is_first) {
		read_event(row, &entry.event);
		entry.received_at = db_column_text(row, 31);
		if (!entry.acknowledged)
			entry.pushes = sqlite3_column_int64(row, 33);
	}
	return listing->visit(listing->arg, &entry);
}

static enum status
list(struct store *store, const char *statement, int64_t since,
    store_visit_update *visit, void *arg)
{
	const struct params params = { .since = since };
	struct listing listing = { .visit = visit, .arg = arg };

	return store_sqlite_each(store_sqlite_self(store), statement,
	    &params, visit_row, &listing);
}

enum status
sqlite_get_updates(struct store *store, store_visit_update *visit, void *arg)
{
	return list(store, sql[LIST], 0, visit, arg);
}

enum status
sqlite_get_updates_since(struct store *store, int64_t revision,
    store_visit_update *visit, void *arg)
{
	return list(store, sql[LIST_SINCE], revision, visit, arg);
}

struct removal {
	store_visit_image *visit;
	void *arg;
};

static enum status
visit_removed(sqlite3_stmt *row, void *arg)
{
	const struct removal *removal = arg;

	return removal->visit(removal->arg, db_column_text(row, 0));
}

enum status
sqlite_get_removed_since(struct store *store, int64_t revision,
    store_visit_image *visit, void *arg)
{
	const struct params params = { .since = revision };
	struct removal removal = { .visit = visit, .arg = arg };

	return store_sqlite_each(store_sqlite_self(store),
	    sql[REMOVED_SINCE], &params, visit_removed, &removal);
}
