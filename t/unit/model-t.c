/*
 * model-t.c - the store against a plain model of it
 *
 * 100,000 random operations, all that there are, on a few images, hosts,
 * digests and tags, in both modes of reopening. Beside the store runs a
 * model in arrays, which knows nothing of SQL. After each operation its
 * result, the revision, and what changed since the last one are compared;
 * every 500 operations everything there is, history included. Now and then
 * the store is closed and opened again, or the run goes on from a backup, or
 * from a new store that has taken in an export.
 *
 * The clock is this file's own, a second for each operation, so that every
 * time is known beforehand. DIUNDASH_SEED repeats a run; under sanitizers
 * (DIUNDASH_SANITIZED=1) a tenth of the operations is done.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

#include "buf.h"
#include "chance.h"
#include "clock.h"
#include "log.h"
#include "store.h"

#define OPERATIONS 50000	/* in each of the two modes */
#define IMAGES 6
#define HOSTS 5
#define DIGESTS 5
#define TAG_NAMES 5
#define ACTORS 4
#define HISTORY_MAX 20000
#define EVERYTHING INT64_MAX
#define ALL_HOSTS (-1)
#define NONE (-1)

/* In the order of their bytes, which is the order of rows in history. */
static const char *const images[IMAGES] = {
	"docker.io/a/b:1", "docker.io/a/b:2", "docker.io/c:latest",
	"ghcr.io/x/y:main", "nas:5000/z:1", "\xf0\x9f\x90\xb3:1"
};
static const char *const hosts[HOSTS] = {
	"", "a/b c", "nas", "pi", "\xf0\x9f\x97\x84"
};
static const char *const digests[DIGESTS] = {
	"", "sha256:a", "sha256:b", "sha256:c", "sha256:d"
};
static const char *const tag_names[TAG_NAMES] = {
	"a", "b", "it's", "media", "\xc3\xa9"
};
static const char *const containers[] = { "c0", "c1", "c2" };
/* The last is diun's own; users are those before. */
static const char *const actors[ACTORS] = { "", "anna", "ben", ACTOR_DIUN };
#define DIUN (ACTORS - 1)

enum action { RECEIVED, ACKNOWLEDGED, REOPENED, TAGGED, UNTAGGED,
	TAG_CREATED, TAG_RENAMED, TAG_DELETED, REMOVED, HOST_RENAMED, TEST };
static const char *const actions[] = { "received", "acknowledged",
	"reopened", "tagged", "untagged", "tag-created", "tag-renamed",
	"tag-deleted", "removed", "host-renamed", "test" };

/* ----- the clock, instead of clock.c's ----- */

#define CLOCK_START INT64_C(1767225600)		/* 2026-01-01 */
static int64_t now = CLOCK_START;

static void
format_time(int64_t at, char out[CLOCK_TEXT_SIZE])
{
	time_t when = (time_t)at;
	struct tm utc;

	assert_non_null(gmtime_r(&when, &utc));
	assert_true(strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ",
	    &utc) > 0);
}

int64_t
clock_ms(void)
{
	struct timespec real;

	(void)clock_gettime(CLOCK_MONOTONIC, &real);
	return (int64_t)real.tv_sec * 1000 + real.tv_nsec / 1000000;
}

void
clock_now(char out[CLOCK_TEXT_SIZE])
{
	format_time(now, out);
}

void
clock_before(int64_t seconds, char out[CLOCK_TEXT_SIZE])
{
	format_time(now - seconds, out);
}

/* ----- the model ----- */

struct row {
	bool exists;
	bool acknowledged;
	bool pinned;
	int digest;
	int by;			/* actor */
	unsigned containers;	/* bits */
	int64_t serial;		/* of the event, in its platform */
	int64_t event;		/* row of history */
	int64_t first_pending;
	int64_t received;
	int64_t acknowledged_at;
};

struct past {
	int64_t id;
	int64_t at;
	enum action action;
	int image, host, actor, digest;		/* NONE: "" */
	int64_t tag;		/* whose images a tag-renamed is about */
	char detail[192];
};

static struct row rows[IMAGES][HOSTS];
static unsigned pushed[IMAGES];		/* digests, as bits */
static int64_t assigned[IMAGES];	/* a tag's id, or 0 */
static int64_t tag_ids[TAG_NAMES];	/* of the tag so named, or 0 */
static int64_t last_tag;
static struct past past[HISTORY_MAX];
static size_t past_len;
static int64_t revision;
static int64_t serial;
static bool digest_mode;
static int user;
static const char *doing;	/* for the message of a failure */
static int64_t turn;

#define check(condition)						\
	do {								\
		if (!(condition))					\
			fail_msg("operation %lld, %s, line %d: "	\
			    "not true: %s", (long long)turn, doing,	\
			    __LINE__, #condition);			\
	} while (0)

#define check_text(got, wanted)						\
	do {								\
		if (strcmp((got), (wanted)) != 0)			\
			fail_msg("operation %lld, %s, line %d: got "	\
			    "'%s', wanted '%s'", (long long)turn, doing, \
			    __LINE__, (got), (wanted));			\
	} while (0)

static bool
known(int image)
{
	int h;

	for (h = 0; h < HOSTS; h++)
		if (rows[image][h].exists)
			return true;
	return false;
}

static bool
pending(int image)
{
	int h;

	for (h = 0; h < HOSTS; h++)
		if (rows[image][h].exists && !rows[image][h].acknowledged)
			return true;
	return false;
}

/* The host of the newest event. */
static int
newest(int image)
{
	int h, best = NONE;

	for (h = 0; h < HOSTS; h++)
		if (rows[image][h].exists && (best == NONE ||
		    rows[image][h].event > rows[image][best].event))
			best = h;
	return best;
}

static const char *
text_or_none(const char *const *texts, int which)
{
	return which == NONE ? "" : texts[which];
}

static struct past *
note(enum action action, int image, int host, int actor, int digest)
{
	struct past *p = &past[past_len++];

	check(past_len < HISTORY_MAX);
	*p = (struct past){
		.id = ++revision, .at = now, .action = action,
		.image = image, .host = host, .actor = actor,
		.digest = digest, .detail = "{}",
	};
	return p;
}

static void
note_tag(enum action action, int image, int64_t id, int name)
{
	struct past *p = note(action, image, NONE, user, NONE);

	p->tag = id;
	(void)snprintf(p->detail, sizeof(p->detail),
	    "{\"id\":%lld,\"name\":\"%s\"}", (long long)id, tag_names[name]);
}

static int
name_of_tag(int64_t id)
{
	int n;

	for (n = 0; n < TAG_NAMES; n++)
		if (id != 0 && tag_ids[n] == id)
			return n;
	return NONE;
}

static unsigned
bits(unsigned set)
{
	unsigned n = 0;

	for (; set != 0; set >>= 1)
		n += set & 1;
	return n;
}

/* ----- what the store shows against what the model has ----- */

struct seen {
	bool images[IMAGES];
	bool hosts[IMAGES][HOSTS];
	int image;		/* of the last row */
};

static int
find(const char *const *texts, int count, const char *text)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(texts[i], text) == 0)
			return i;
	check_text(text, "something known");
	return NONE;
}

static void
check_time(const char *got, int64_t wanted)
{
	char text[CLOCK_TEXT_SIZE];

	format_time(wanted, text);
	check_text(got, text);
}

static void
put_containers(unsigned set, char out[32])
{
	size_t i, len = 1;

	out[0] = '[';
	for (i = 0; i < COUNT_OF(containers); i++)
		if (set & 1U << i)
			len += (size_t)snprintf(out + len, 32 - len,
			    "%s\"%s\"", len > 1 ? "," : "", containers[i]);
	(void)snprintf(out + len, 32 - len, "]");
}

static void
check_serial(const char *text, int64_t wanted)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld", (long long)wanted);
	check_text(text, number);
}

static void
check_metadata(const char *text, int64_t wanted)
{
	char number[40];

	(void)snprintf(number, sizeof(number), "\"serial\":\"%lld\"}",
	    (long long)wanted);
	check(strstr(text, number) != NULL);
}

static void
check_host(int image, const struct host_update *host)
{
	const struct row *r = &rows[image][find(hosts, HOSTS,
	    host->hostname)];
	char text[IMAGE_BYTES_MAX];

	check(r->exists);
	check_text(host->digest, digests[r->digest]);
	check_serial(host->platform, r->serial);
	check_metadata(host->metadata, r->serial);
	(void)snprintf(text, sizeof(text), "%s%s%s", images[image],
	    r->pinned ? "@" : "", r->pinned ? digests[r->digest] : "");
	check_text(host->reference, text);
	put_containers(r->containers, text);
	check_text(host->containers, text);
	check_time(host->first_pending_at, r->first_pending);
	check_time(host->received_at, r->received);
	if (r->acknowledged)
		check_time(host->acknowledged_at, r->acknowledged_at);
	else
		check_text(host->acknowledged_at, "");
	check_text(host->acknowledged_by,
	    r->acknowledged ? actors[r->by] : "");
}

static void
check_image(int image, const struct update_entry *entry)
{
	int host = newest(image);
	const struct row *r;

	check(host != NONE);
	r = &rows[image][host];
	check_text(entry->event.hostname, hosts[host]);
	check_text(entry->event.digest, digests[r->digest]);
	check_serial(entry->event.platform, r->serial);
	check_metadata(entry->event.metadata, r->serial);
	check_time(entry->received_at, r->received);
	check(entry->pushes == (pending(image) ? (int64_t)bits(pushed[image])
	    : 0));
}

static enum status
see(void *arg, const struct update_entry *entry)
{
	struct seen *seen = arg;
	int host, name;

	if (entry->is_first) {
		seen->image = find(images, IMAGES, entry->event.image);
		check(!seen->images[seen->image]);
		seen->images[seen->image] = true;
		check_image(seen->image, entry);
	}
	check(entry->acknowledged == !pending(seen->image));
	check(entry->tag.id == assigned[seen->image]);
	name = name_of_tag(entry->tag.id);
	check_text(entry->tag.name, text_or_none(tag_names, name));
	check_host(seen->image, &entry->host);
	host = find(hosts, HOSTS, entry->host.hostname);
	check(!seen->hosts[seen->image][host]);
	seen->hosts[seen->image][host] = true;
	return STATUS_OK;
}

/* Of the images that `due` names all rows were seen, and no others. */
static void
check_seen(const struct seen *seen, const bool due[IMAGES])
{
	int i, h;

	for (i = 0; i < IMAGES; i++) {
		check(seen->images[i] == (due[i] && known(i)));
		for (h = 0; h < HOSTS; h++)
			check(seen->hosts[i][h] == (due[i] &&
			    rows[i][h].exists));
	}
}

static enum status
see_removed(void *arg, const char *image)
{
	bool *gone = arg;
	int i = find(images, IMAGES, image);

	check(!gone[i]);
	gone[i] = true;
	return STATUS_OK;
}

/* The images that a row of history is about, and whether tags are. */
static void
concern(const struct past *p, bool due[IMAGES], bool gone[IMAGES],
    bool *tags)
{
	int i;

	if (p->image != NONE)
		due[p->image] = true;
	if (p->action == REMOVED && !known(p->image))
		gone[p->image] = true;
	for (i = 0; i < IMAGES; i++)
		if ((p->action == TAG_RENAMED && assigned[i] == p->tag) ||
		    (p->action == HOST_RENAMED && rows[i][p->host].exists))
			due[i] = true;
	if (p->action == TAG_CREATED || p->action == TAG_RENAMED ||
	    p->action == TAG_DELETED)
		*tags = true;
}

static void
compare_since(struct store *store, int64_t since)
{
	bool due[IMAGES] = { false }, gone[IMAGES] = { false };
	bool removed[IMAGES] = { false }, tags = false, changed;
	struct seen seen = { .image = NONE };
	size_t n;

	for (n = past_len; n > 0 && past[n - 1].id > since; n--)
		concern(&past[n - 1], due, gone, &tags);
	check(store_get_updates_since(store, since, see, &seen) ==
	    STATUS_OK);
	check_seen(&seen, due);
	check(store_get_removed_since(store, since, see_removed, removed) ==
	    STATUS_OK);
	check(memcmp(removed, gone, sizeof(gone)) == 0);
	check(store_tags_changed_since(store, since, &changed) ==
	    STATUS_OK);
	check(changed == tags);
}

static enum status
see_past(void *arg, const struct history_entry *entry)
{
	size_t *left = arg;
	const struct past *p;

	check(*left > 0);
	p = &past[--*left];
	check(entry->id == p->id);
	check_time(entry->at, p->at);
	check_text(entry->action, actions[p->action]);
	check_text(entry->image, text_or_none(images, p->image));
	check_text(entry->hostname, text_or_none(hosts, p->host));
	check_text(entry->actor, actors[p->actor]);
	check_text(entry->digest, text_or_none(digests, p->digest));
	check_text(entry->detail, p->detail);
	return STATUS_OK;
}

static enum status
see_tag(void *arg, const struct tag *tag)
{
	int *next = arg;

	while (*next < TAG_NAMES && tag_ids[*next] == 0)
		(*next)++;
	check(*next < TAG_NAMES);
	check(tag->id == tag_ids[*next]);
	check_text(tag->name, tag_names[*next]);
	(*next)++;
	return STATUS_OK;
}

static void
compare_everything(struct store *store)
{
	const struct history_filter all = { .limit = EVERYTHING };
	bool due[IMAGES] = { true, true, true, true, true, true };
	struct seen seen = { .image = NONE };
	struct store_report report;
	int next = 0, i, images_left = 0, pending_left = 0;
	size_t left = past_len;

	check(store_get_updates(store, see, &seen) == STATUS_OK);
	check_seen(&seen, due);
	check(store_get_history(store, &all, see_past, &left) == STATUS_OK);
	check(left == 0);
	check(store_list_tags(store, see_tag, &next) == STATUS_OK);
	while (next < TAG_NAMES)
		check(tag_ids[next++] == 0);
	check(store_check_full(store, &report) == STATUS_OK);
	check_text(report.finding, "");
	check(report.sound);
	for (i = 0; i < IMAGES; i++) {
		images_left += known(i);
		pending_left += pending(i);
	}
	check(report.images == images_left);
	check(report.pending == pending_left);
	check(report.revision == revision);
}

/* ----- the operations, in the store and in the model ----- */

static bool
was_acknowledged(int image, int host, int digest)
{
	size_t n;

	for (n = past_len; n > 0; n--)
		if (past[n - 1].action == ACKNOWLEDGED &&
		    past[n - 1].image == image && past[n - 1].host == host &&
		    past[n - 1].digest == digest)
			return true;
	return false;
}

static void
model_event(int image, int host, int digest, unsigned set, bool pinned,
    const char *body)
{
	struct row *r = &rows[image][host];
	const struct row before = *r;
	bool same = before.exists && before.digest == digest;
	bool was_open = before.exists && !before.acknowledged;
	bool open = !pinned;

	if (open && digest_mode && !was_open && digest != 0 &&
	    (same || was_acknowledged(image, host, digest)))
		open = false;
	if (open && !pending(image))
		pushed[image] = 0;
	pushed[image] |= 1U << digest;
	*r = (struct row){
		.exists = true, .acknowledged = !open, .pinned = pinned,
		.digest = digest, .serial = serial, .event = revision + 1,
		.containers = set | (same ? before.containers : 0),
		.received = now, .first_pending = now,
		.by = DIUN, .acknowledged_at = now,
	};
	if (was_open || (before.exists && !open))
		r->first_pending = before.first_pending;
	if (!open && before.exists && before.acknowledged &&
	    (same || !pinned)) {
		r->by = before.by;
		r->acknowledged_at = before.acknowledged_at;
	}
	(void)snprintf(note(RECEIVED, image, host, DIUN, digest)->detail,
	    sizeof(past[0].detail), "%s", body);
	if (pinned && (was_open || !same))
		(void)note(ACKNOWLEDGED, image, host, DIUN, digest);
}

/*
 * Hand the event over: as it comes, or as one that had to wait until `at`
 * and is offered twice.
 */
static void
deliver(struct store *store, const struct diun_event *event, bool waited,
    int64_t at)
{
	char name[32], time[CLOCK_TEXT_SIZE];
	const struct store_replay replay = {
		.name = name, .received_at = time,
	};

	if (!waited) {
		check(store_upsert_event(store, event) == STATUS_OK);
		return;
	}
	format_time(at, time);
	(void)snprintf(name, sizeof(name), "waited-%lld", (long long)serial);
	check(store_replay_event(store, event, &replay) == STATUS_OK);
	check(store_replay_event(store, event, &replay) == STATUS_OK);
}

/* The host has something newer: history, and containers that count. */
static void
model_late(int image, int host, int digest, unsigned set, int64_t at,
    const char *body)
{
	struct past *p = note(RECEIVED, image, host, DIUN, digest);

	p->at = at;
	(void)snprintf(p->detail, sizeof(p->detail), "%s", body);
	if (rows[image][host].digest == digest)
		rows[image][host].containers |= set;
}

static void
do_event_that(struct store *store, bool waited)
{
	int image = chance(IMAGES), host = chance(HOSTS);
	int digest = chance(DIGESTS);
	unsigned set = (unsigned)chance(1 << COUNT_OF(containers));
	bool pinned = digest != 0 && chance(8) == 0, test = chance(30) == 0;
	int64_t at = now;
	char reference[128], number[24], json[32], body[64], metadata[160];
	struct diun_event event = {
		.image = images[image], .reference = reference,
		.diun_version = "v4", .hostname = hosts[host],
		.status = "update", .provider = "docker", .hub_link = "",
		.mime_type = "", .digest = digests[digest], .created = "",
		.platform = number, .ctn_names = "", .ctn_id = "",
		.ctn_state = "", .ctn_status = "", .metadata = metadata,
		.containers = json, .body = body,
		.is_current = pinned, .is_test = test,
	};

	doing = test ? "a test" : waited ? "one that waited" : "a webhook";
	if (waited && !test && rows[image][host].exists && chance(2) == 0)
		at = rows[image][host].received - 1 - chance(50);
	serial++;
	(void)snprintf(number, sizeof(number), "%lld", (long long)serial);
	(void)snprintf(metadata, sizeof(metadata), "{\"ctn_names\":\"\","
	    "\"ctn_id\":\"\",\"ctn_state\":\"\",\"ctn_status\":\"\","
	    "\"serial\":\"%s\"}", number);
	(void)snprintf(body, sizeof(body), "{\"serial\":%s}", number);
	(void)snprintf(reference, sizeof(reference), "%s%s%s",
	    images[image], pinned ? "@" : "", pinned ? digests[digest] : "");
	put_containers(set, json);
	deliver(store, &event, waited, at);
	if (test)
		(void)snprintf(note(TEST, image, host, DIUN,
		    digest)->detail, sizeof(past[0].detail), "%s", body);
	else if (at < now)
		model_late(image, host, digest, set, at, body);
	else
		model_event(image, host, digest, set, pinned, body);
}

static void
do_event(struct store *store)
{
	do_event_that(store, false);
}

static void
do_replay(struct store *store)
{
	do_event_that(store, true);
}

/* Mark rows of the image; false if there is none. */
static bool
model_mark(int image, int host, bool acknowledged)
{
	bool found = false;
	int h;

	for (h = 0; h < HOSTS; h++) {
		struct row *r = &rows[image][h];

		if (!r->exists || (host != ALL_HOSTS && host != h))
			continue;
		found = true;
		if (r->acknowledged == acknowledged)
			continue;
		r->acknowledged = acknowledged;
		r->acknowledged_at = now;
		r->by = user;
		(void)note(acknowledged ? ACKNOWLEDGED : REOPENED, image, h,
		    user, r->digest);
	}
	return found;
}

static void
do_mark(struct store *store)
{
	int image = chance(IMAGES), host = chance(HOSTS + 2);
	bool acknowledged = chance(3) != 0;
	enum status status;

	doing = acknowledged ? "acknowledge" : "reopen";
	if (host >= HOSTS) {
		host = ALL_HOSTS;
		status = acknowledged
		    ? store_acknowledge_update(store, images[image])
		    : store_reopen_update(store, images[image]);
	} else {
		status = acknowledged ? store_acknowledge_host(store,
		    images[image], hosts[host]) : store_reopen_host(store,
		    images[image], hosts[host]);
	}
	check(status == (model_mark(image, host, acknowledged) ? STATUS_OK
	    : STATUS_NOT_FOUND));
}

/* One that exists more often than not; else 0, or one that never will. */
static int64_t
some_tag(void)
{
	int name = chance(TAG_NAMES + 1);

	return name == TAG_NAMES ? 1000000 : tag_ids[name];
}

static void
do_mark_many(struct store *store)
{
	bool all = chance(3) == 0;
	int64_t id = some_tag(), count = -1, wanted = 0;
	enum status status;
	int i;

	doing = all ? "acknowledge all" : "acknowledge by tag";
	status = all ? store_acknowledge_all(store, &count)
	    : store_acknowledge_by_tag(store, id, &count);
	if (!all && name_of_tag(id) == NONE) {
		check(status == STATUS_NOT_FOUND);
		return;
	}
	check(status == STATUS_OK);
	for (i = 0; i < IMAGES; i++)
		if (all || assigned[i] == id) {
			wanted += pending(i);
			(void)model_mark(i, ALL_HOSTS, true);
		}
	check(count == wanted);
}

static void
do_remove(struct store *store)
{
	int image = chance(IMAGES), host = chance(HOSTS + 1), h;
	char list[96] = "";
	enum status status;
	bool found = false;

	doing = "remove";
	if (host == HOSTS)
		host = ALL_HOSTS;
	status = store_remove_update(store, images[image],
	    host == ALL_HOSTS ? NULL : hosts[host]);
	for (h = 0; h < HOSTS; h++) {
		if (!rows[image][h].exists ||
		    (host != ALL_HOSTS && host != h))
			continue;
		(void)snprintf(list + strlen(list),
		    sizeof(list) - strlen(list), "%s\"%s\"",
		    found ? "," : "", hosts[h]);
		found = true;
		rows[image][h].exists = false;
	}
	check(status == (found ? STATUS_OK : STATUS_NOT_FOUND));
	if (!found)
		return;
	(void)snprintf(note(REMOVED, image, host, user, NONE)->detail,
	    sizeof(past[0].detail), "{\"hosts\":[%s]}", list);
	if (!known(image)) {
		assigned[image] = 0;
		pushed[image] = 0;
	}
}

/* Of an image that has both, what becomes of the two rows. */
static void
model_merge(struct row *from, struct row *to)
{
	struct row *newer = from->event > to->event ? from : to;
	const struct row *older = newer == from ? to : from;

	if (newer->digest == older->digest)
		newer->containers |= older->containers;
	if (!newer->acknowledged && !older->acknowledged &&
	    older->first_pending < newer->first_pending)
		newer->first_pending = older->first_pending;
	*to = *newer;
}

static bool
model_knows_host(int host)
{
	size_t n;
	int i;

	for (i = 0; i < IMAGES; i++)
		if (rows[i][host].exists)
			return true;
	for (n = 0; n < past_len; n++)
		if (past[n].host == host && (past[n].action == RECEIVED ||
		    past[n].action == TEST))
			return true;
	return false;
}

static void
model_rename_past(int from, int to)
{
	size_t n;

	for (n = 0; n < past_len; n++) {
		enum action action = past[n].action;

		/* The row of a host's removal keeps its unnamed host. */
		if (past[n].host == from && (from != 0 ||
		    action == RECEIVED || action == ACKNOWLEDGED ||
		    action == REOPENED || action == TEST))
			past[n].host = to;
	}
}

static void
do_rename(struct store *store)
{
	int from = chance(HOSTS), to = chance(HOSTS), i;
	int64_t count = -1, wanted = 0;
	enum status status;

	doing = "rename a host";
	status = store_rename_host(store, hosts[from], hosts[to], &count);
	if (!model_knows_host(from)) {
		check(status == STATUS_NOT_FOUND);
		return;
	}
	check(status == STATUS_OK);
	for (i = 0; i < IMAGES; i++) {
		struct row *a = &rows[i][from], *b = &rows[i][to];

		if (!a->exists)
			continue;
		wanted++;
		if (from == to)
			continue;
		if (b->exists)
			model_merge(a, b);
		else
			*b = *a;
		a->exists = false;
	}
	check(count == wanted);
	if (from == to)
		return;
	model_rename_past(from, to);
	(void)snprintf(note(HOST_RENAMED, NONE, to, user, NONE)->detail,
	    sizeof(past[0].detail), "{\"from\":\"%s\",\"to\":\"%s\"}",
	    hosts[from], hosts[to]);
}

static void
do_create_tag(struct store *store)
{
	int name = chance(TAG_NAMES);
	enum status status;
	int64_t id = -1;

	doing = "create a tag";
	status = store_create_tag(store, tag_names[name], &id);
	if (tag_ids[name] != 0) {
		check(status == STATUS_CONFLICT);
		return;
	}
	check(status == STATUS_OK);
	tag_ids[name] = ++last_tag;
	check(id == last_tag);
	note_tag(TAG_CREATED, NONE, id, name);
}

static void
do_rename_tag(struct store *store)
{
	int64_t id = some_tag();
	int from = name_of_tag(id), to = chance(TAG_NAMES);
	struct past *p;
	enum status status;

	doing = "rename a tag";
	status = store_rename_tag(store, id, tag_names[to]);
	if (from == NONE) {
		check(status == STATUS_NOT_FOUND);
	} else if (from != to && tag_ids[to] != 0) {
		check(status == STATUS_CONFLICT);
	} else {
		check(status == STATUS_OK);
		if (from == to)
			return;
		tag_ids[from] = 0;
		tag_ids[to] = id;
		p = note(TAG_RENAMED, NONE, NONE, user, NONE);
		p->tag = id;
		(void)snprintf(p->detail, sizeof(p->detail),
		    "{\"id\":%lld,\"name\":\"%s\",\"from\":\"%s\"}",
		    (long long)id, tag_names[to], tag_names[from]);
	}
}

static void
do_delete_tag(struct store *store)
{
	int64_t id = some_tag();
	int name = name_of_tag(id), i;
	enum status status;

	doing = "delete a tag";
	status = store_delete_tag(store, id);
	check(status == (name == NONE ? STATUS_NOT_FOUND : STATUS_OK));
	if (name == NONE)
		return;
	for (i = 0; i < IMAGES; i++)
		if (assigned[i] == id) {
			note_tag(UNTAGGED, i, id, name);
			assigned[i] = 0;
		}
	note_tag(TAG_DELETED, NONE, id, name);
	tag_ids[name] = 0;
}

static void
do_assign(struct store *store)
{
	int64_t id = some_tag();
	int image = chance(IMAGES), name = name_of_tag(id);
	enum status status;
	bool exists;

	doing = "tag an image";
	check(store_tag_exists(store, id, &exists) == STATUS_OK);
	check(exists == (name != NONE));
	status = store_assign_tag(store, images[image], id);
	check(status == (name == NONE ? STATUS_NOT_FOUND : STATUS_OK));
	if (name == NONE || assigned[image] == id)
		return;
	assigned[image] = id;
	note_tag(TAGGED, image, id, name);
}

static void
do_unassign(struct store *store)
{
	int image = chance(IMAGES);

	doing = "untag an image";
	check(store_unassign_tag(store, images[image]) == STATUS_OK);
	if (assigned[image] == 0)
		return;
	note_tag(UNTAGGED, image, assigned[image],
	    name_of_tag(assigned[image]));
	assigned[image] = 0;
}

static void
do_prune(struct store *store)
{
	/* Now and then from the future: all but the newest row. */
	int64_t cutoff = now - chance(1500) + (chance(4) == 0 ? 2000 : 0);
	int64_t limit = 1 + chance(1500), count = -1;
	char text[CLOCK_TEXT_SIZE];
	size_t n = 0;

	doing = "prune";
	format_time(cutoff, text);
	check(store_prune(store, text, limit, &count) == STATUS_OK);
	while (n + 1 < past_len && (int64_t)n < limit &&
	    past[n].at < cutoff)
		n++;
	check(count == (int64_t)n);
	past_len -= n;
	memmove(past, past + n, past_len * sizeof(past[0]));
}

/* A question that changes nothing. */
static void
do_ask(struct store *store)
{
	int64_t oldest = past_len == 0 ? 0 : past[0].id, since;
	bool known_since;

	doing = "ask";
	since = oldest - 3 + chance((int)(revision - oldest) + 6);
	check(store_knows_since(store, since, &known_since) == STATUS_OK);
	check(known_since == (since >= oldest - 1 && since <= revision));
	if (known_since)
		compare_since(store, since);
}

static const struct {
	void (*run)(struct store *);
	int weight;
} operations[] = {
	{ do_event, 250 },
	{ do_replay, 50 },
	{ do_mark, 150 },
	{ do_mark_many, 25 },
	{ do_remove, 40 },
	{ do_rename, 40 },
	{ do_create_tag, 30 },
	{ do_rename_tag, 30 },
	{ do_delete_tag, 15 },
	{ do_assign, 80 },
	{ do_unassign, 30 },
	{ do_prune, 5 },
	{ do_ask, 20 },
};

static void
operate(struct store *store)
{
	int total = 0, at;
	size_t i;

	for (i = 0; i < COUNT_OF(operations); i++)
		total += operations[i].weight;
	at = chance(total);
	for (i = 0; at >= operations[i].weight; i++)
		at -= operations[i].weight;
	operations[i].run(store);
}

/* ----- the runs ----- */

static char folder[64];
static char path[80];

static struct store *
open_store(void)
{
	const struct store_options options = {
		.path = path, .busy_timeout_ms = 4000,
		.flags = STORE_MIGRATE |
		    (digest_mode ? STORE_REOPEN_DIGEST : 0),
	};
	char why[STORE_REASON_MAX] = "";
	struct store *store = NULL;

	doing = "open";
	if (store_open(&options, &store, why) != STATUS_OK)
		fail_msg("cannot open the store: %s", why);
	store_set_actor(store, actors[user]);
	return store;
}

/* The database, with what lies beside it, but for the lock. */
static void
remove_database(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[96];
	size_t i;

	for (i = 0; i < COUNT_OF(ends); i++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		(void)unlink(file);
	}
}

/* Close it, and open the copy that it makes in its place. */
static struct store *
go_on_from_backup(struct store *store)
{
	char copy[96];

	doing = "go on from a backup";
	(void)snprintf(copy, sizeof(copy), "%s.copy", path);
	check(store_backup(store, copy) == STATUS_OK);
	check(store_backup(store, copy) == STATUS_CONFLICT);
	store_close(store);
	remove_database();
	check(rename(copy, path) == 0);
	return open_store();
}

struct exporting {
	struct buf text;
	char table[32];
};

static enum status
take_row(void *arg, const char *table, const char *json)
{
	struct exporting *exporting = arg;
	bool is_new = strcmp(exporting->table, table) != 0;

	if (is_new)
		buf_printf(&exporting->text, "%s\"%s\":[",
		    exporting->table[0] == '\0' ? "{" : "],", table);
	buf_printf(&exporting->text, "%s%s", is_new ? "" : ",", json);
	(void)snprintf(exporting->table, sizeof(exporting->table), "%s",
	    table);
	return STATUS_OK;
}

/* Ids of tags that are no more may come again. */
static struct store *
go_on_from_export(struct store *store)
{
	struct exporting exporting = { .table = "" };
	int n;

	doing = "go on from an export";
	buf_init(&exporting.text, SIZE_MAX);
	check(store_export(store, take_row, &exporting) == STATUS_OK);
	buf_add_text(&exporting.text, exporting.table[0] == '\0' ? "{}"
	    : "]}");
	store_close(store);
	remove_database();
	store = open_store();
	doing = "go on from an export";
	check(store_import(store, buf_text(&exporting.text)) == STATUS_OK);
	if (past_len > 0)
		check(store_import(store, buf_text(&exporting.text)) ==
		    STATUS_CONFLICT);
	buf_release(&exporting.text);
	last_tag = 0;
	for (n = 0; n < TAG_NAMES; n++)
		if (tag_ids[n] > last_tag)
			last_tag = tag_ids[n];
	return store;
}

/* Another process, or another file, goes on with the same content. */
static struct store *
go_on(struct store *store)
{
	switch (chance(4)) {
	case 0:
		store = go_on_from_backup(store);
		break;
	case 1:
		store = go_on_from_export(store);
		break;
	default:
		store_close(store);
		return open_store();
	}
	compare_everything(store);
	return store;
}

static void
forget_everything(void)
{
	memset(rows, 0, sizeof(rows));
	memset(pushed, 0, sizeof(pushed));
	memset(assigned, 0, sizeof(assigned));
	memset(tag_ids, 0, sizeof(tag_ids));
	last_tag = serial = revision = 0;
	past_len = 0;
}

static void
step(struct store *store)
{
	int64_t before = revision, got = -1;

	now++;
	if (chance(10) == 0) {
		user = chance(DIUN);
		store_set_actor(store, actors[user]);
	}
	operate(store);
	check(store_begin_read(store) == STATUS_OK);
	check(store_get_revision(store, &got) == STATUS_OK);
	check(got == revision);
	if (past_len > 0 && before >= past[0].id - 1)
		compare_since(store, before);
	store_end_read(store);
}

static void
run(bool by_digest)
{
	const char *sanitized = getenv("DIUNDASH_SANITIZED");
	int64_t count = OPERATIONS;
	struct store *store;

	if (sanitized != NULL && strcmp(sanitized, "1") == 0)
		count /= 10;
	forget_everything();
	digest_mode = by_digest;
	(void)snprintf(path, sizeof(path), "%s/%s.db", folder,
	    by_digest ? "digest" : "always");
	store = open_store();
	for (turn = 1; turn <= count; turn++) {
		step(store);
		if (turn % 500 == 0)
			compare_everything(store);
		if (chance(1000) == 0)
			store = go_on(store);
	}
	compare_everything(store);
	store_close(store);
}

static void
the_store_does_what_the_model_does(void **state UNUSED)
{
	run(false);
}

static void
the_store_does_so_where_only_digests_reopen(void **state UNUSED)
{
	run(true);
}

/* In memory, where there is such a folder: a commit then costs little. */
static int
make_folder(void **state UNUSED)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(folder, sizeof(folder),
	    "/dev/shm/diundash-model-XXXXXX");
	if (mkdtemp(folder) != NULL)
		return 0;
	(void)snprintf(folder, sizeof(folder), "%s/diundash-model-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state UNUSED)
{
	static const char *const names[] = { "always.db", "digest.db" };
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	char file[128];
	size_t i, n;

	for (i = 0; i < COUNT_OF(names); i++)
		for (n = 0; n < COUNT_OF(ends); n++) {
			(void)snprintf(file, sizeof(file), "%s/%s%s",
			    folder, names[i], ends[n]);
			(void)unlink(file);
		}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_store_does_what_the_model_does),
		cmocka_unit_test(
		    the_store_does_so_where_only_digests_reopen),
	};

#ifdef __GLIBC__
	/* Else a third of the time goes into giving memory back. */
	(void)mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
#endif
	chance_begin();
	log_open("model-t", LOG_TARGET_STDERR, LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
