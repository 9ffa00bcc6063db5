/*
 * store_suite.c - what every store must do, whatever it is made of
 *
 * Each case begins with an empty store. A new operation of store.h gets its
 * cases here, and a line in the list at the end.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "mem.h"
#include "store_suite.h"

#define NGINX "docker.io/library/nginx:latest"
#define REDIS "docker.io/library/redis:7"
#define ALPINE "docker.io/library/alpine:3"

static const struct backend *backend;
static struct store *store;

static void
open_store(void)
{
	char why[STORE_REASON_MAX] = "";

	if (backend->open(&store, why) != STATUS_OK)
		fail_msg("cannot open the store: %s", why);
}

static void
close_store(void)
{
	store_close(store);
	store = NULL;
}

static int
setup(void **state)
{
	backend = *state;
	if (backend->wipe() != 0)
		return -1;
	open_store();
	return 0;
}

static int
teardown(void **state UNUSED)
{
	close_store();
	return 0;
}

/* The members of an event, to fill and compare them in loops. */
static const struct {
	const char *name;
	size_t offset;
} members[] = {
#define MEMBER(name) { #name, offsetof(struct diun_event, name) }
	MEMBER(image), MEMBER(diun_version), MEMBER(hostname),
	MEMBER(status), MEMBER(provider), MEMBER(hub_link),
	MEMBER(mime_type), MEMBER(digest), MEMBER(created),
	MEMBER(platform), MEMBER(ctn_names), MEMBER(ctn_id),
	MEMBER(ctn_state), MEMBER(ctn_status),
};

static const char **
member(struct diun_event *event, size_t i)
{
	return (const char **)((char *)event + members[i].offset);
}

static const char *
member_text(const struct diun_event *event, size_t i)
{
	return *(const char *const *)((const char *)event +
	    members[i].offset);
}

/* An event of the image in which all else is `text`. */
static struct diun_event
event_of(const char *image, const char *text)
{
	struct diun_event event = {
		.reference = image, .metadata = "{}", .containers = "[]",
		.body = "{}",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(members); i++)
		*member(&event, i) = text;
	event.image = image;
	return event;
}

static void
upsert(const char *image, const char *text)
{
	struct diun_event event = event_of(image, text);

	assert_int_equal(store_upsert_event(store, &event), STATUS_OK);
}

static int64_t
create_tag(const char *name)
{
	int64_t id = -1;

	assert_int_equal(store_create_tag(store, name, &id), STATUS_OK);
	assert_true(id > 0);
	return id;
}

/* What is known of one image: a copy of its entry. */
struct found {
	const char *image;	/* looked for */
	unsigned count;
	char *texts[COUNT_OF(members)];
	char *received_at;
	char *tag_name;
	int64_t tag_id;
	bool acknowledged;
};

static enum status
keep_entry(void *arg, const struct update_entry *entry)
{
	struct found *found = arg;
	size_t i;

	if (!entry->is_first ||
	    strcmp(entry->event.image, found->image) != 0)
		return STATUS_OK;
	found->count++;
	for (i = 0; i < COUNT_OF(members); i++) {
		free(found->texts[i]);
		found->texts[i] = mem_strdup(member_text(&entry->event, i));
	}
	free(found->received_at);
	free(found->tag_name);
	found->received_at = mem_strdup(entry->received_at);
	found->tag_name = mem_strdup(entry->tag.name);
	found->tag_id = entry->tag.id;
	found->acknowledged = entry->acknowledged;
	return STATUS_OK;
}

static void
release_found(struct found *found)
{
	size_t i;

	for (i = 0; i < COUNT_OF(members); i++)
		free(found->texts[i]);
	free(found->received_at);
	free(found->tag_name);
}

static struct found
find(const char *image)
{
	struct found found = { .image = image };

	assert_int_equal(store_get_updates(store, keep_entry, &found),
	    STATUS_OK);
	if (found.count > 1)
		fail_msg("%s is listed %u times", image, found.count);
	return found;
}

/* Is the image there, with this tag (0: none) and this state? */
static void
expect(const char *image, int64_t tag_id, bool acknowledged)
{
	struct found found = find(image);

	check_row(image, found.count == 1);
	check_row(image, found.tag_id == tag_id);
	check_row(image, found.acknowledged == acknowledged);
	release_found(&found);
}

static enum status
count_entry(void *arg, const struct update_entry *entry)
{
	*(int *)arg += entry->is_first;
	return STATUS_OK;
}

static int
count_images(void)
{
	int count = 0;

	assert_int_equal(store_get_updates(store, count_entry, &count),
	    STATUS_OK);
	return count;
}

static enum status
add_name(void *arg, const struct tag *tag)
{
	struct buf *names = arg;

	assert_true(tag->id > 0);
	buf_printf(names, "%s;", tag->name);
	return STATUS_OK;
}

/* All tags' names in the order of the list. */
static void
expect_tags(const char *wanted)
{
	struct buf names;

	buf_init(&names, 1 << 20);
	assert_int_equal(store_list_tags(store, add_name, &names),
	    STATUS_OK);
	assert_string_equal(buf_text(&names), wanted);
	buf_release(&names);
}

static bool
tag_exists(int64_t id)
{
	bool exists = false;

	assert_int_equal(store_tag_exists(store, id, &exists), STATUS_OK);
	return exists;
}

/* ----- Opening ----- */

static void
a_new_store_is_empty_and_up_to_date(void **state UNUSED)
{
	struct migration_state migration;
	struct store_report report;

	assert_int_equal(count_images(), 0);
	expect_tags("");
	assert_string_equal(store_reason(store), "");
	assert_string_equal(store->ops->name, backend->name);
	assert_int_equal(store_migration_state(store, &migration),
	    STATUS_OK);
	assert_true(migration.version > 0);
	assert_int_equal(migration.version, migration.newest);
	assert_false(migration.dirty);
	assert_int_equal(store_check(store, &report), STATUS_OK);
	assert_true(report.sound);
	assert_string_equal(report.finding, "");
	assert_int_equal(report.images, 0);
	assert_int_equal(report.pending, 0);
	assert_int_equal(report.tags, 0);
}

static void
closing_nothing_is_no_error(void **state UNUSED)
{
	store_close(NULL);
}

static void
data_survives_close_and_reopen(void **state UNUSED)
{
	int64_t media;

	upsert(NGINX, "one");
	upsert(REDIS, "two");
	media = create_tag("media");
	assert_int_equal(store_assign_tag(store, NGINX, media), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, REDIS), STATUS_OK);
	close_store();
	open_store();
	assert_int_equal(count_images(), 2);
	expect(NGINX, media, false);
	expect(REDIS, 0, true);
	expect_tags("media;");
}

static void
two_stores_see_what_the_other_did(void **state UNUSED)
{
	struct store *first = store, *second;

	upsert(NGINX, "one");
	open_store();
	second = store;
	expect(NGINX, 0, false);
	assert_int_equal(store_acknowledge_update(second, NGINX), STATUS_OK);
	store = first;
	expect(NGINX, 0, true);
	upsert(NGINX, "two");
	store = second;
	expect(NGINX, 0, false);
	store = first;
	store_close(second);
	expect(NGINX, 0, false);
}

/* ----- Events ----- */

static void
every_member_of_an_event_is_kept(void **state UNUSED)
{
	char texts[COUNT_OF(members)][32];
	struct diun_event event = event_of("", "");
	struct found found;
	size_t i;

	for (i = 0; i < COUNT_OF(members); i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "text of %s",
		    members[i].name);
		*member(&event, i) = texts[i];
	}
	assert_int_equal(store_upsert_event(store, &event), STATUS_OK);
	found = find("text of image");
	assert_int_equal(found.count, 1);
	for (i = 0; i < COUNT_OF(members); i++)
		check_row_text(members[i].name, found.texts[i], texts[i]);
	assert_false(found.acknowledged);
	assert_int_equal(found.tag_id, 0);
	assert_string_equal(found.tag_name, "");
	/* 2026-03-23T10:00:01Z */
	assert_int_equal(strlen(found.received_at), 20);
	assert_int_equal(found.received_at[10], 'T');
	assert_int_equal(found.received_at[19], 'Z');
	release_found(&found);
}

static void
a_second_event_replaces_all_other_members(void **state UNUSED)
{
	struct found found;
	size_t i;

	upsert(NGINX, "old");
	upsert(REDIS, "other");
	upsert(NGINX, "new");
	assert_int_equal(count_images(), 2);
	found = find(NGINX);
	assert_string_equal(found.texts[0], NGINX);
	for (i = 1; i < COUNT_OF(members); i++)
		check_row_text(members[i].name, found.texts[i], "new");
	release_found(&found);
	found = find(REDIS);
	for (i = 1; i < COUNT_OF(members); i++)
		check_row_text(members[i].name, found.texts[i], "other");
	release_found(&found);
}

static void
empty_members_replace_full_ones(void **state UNUSED)
{
	struct diun_event event = event_of(NGINX, "");
	struct found found;
	size_t i;

	event.created = CREATED_UNKNOWN;
	upsert(NGINX, "old");
	assert_int_equal(store_upsert_event(store, &event), STATUS_OK);
	found = find(NGINX);
	for (i = 1; i < COUNT_OF(members); i++)
		check_row_text(members[i].name, found.texts[i],
		    member_text(&event, i));
	release_found(&found);
}

static void
a_second_event_keeps_the_tag_and_reopens(void **state UNUSED)
{
	int64_t media = create_tag("media");

	upsert(NGINX, "one");
	assert_int_equal(store_assign_tag(store, NGINX, media), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, NGINX), STATUS_OK);
	expect(NGINX, media, true);
	upsert(NGINX, "two");
	expect(NGINX, media, false);
	/* The same event once more. */
	upsert(NGINX, "two");
	expect(NGINX, media, false);
	assert_int_equal(count_images(), 1);
}

static void
images_are_told_apart_byte_by_byte(void **state UNUSED)
{
	static const char *const images[] = {
		"nginx", "NGINX", "nginx ", "nginx:1", "nginx:10", "ngin_",
		"ngin%", "n\xc3\xa4inx", "na\xcc\x88inx",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(images); i++)
		upsert(images[i], "x");
	assert_int_equal(count_images(), COUNT_OF(images));
	assert_int_equal(store_acknowledge_update(store, "ngin_"),
	    STATUS_OK);
	for (i = 0; i < COUNT_OF(images); i++)
		expect(images[i], 0, strcmp(images[i], "ngin_") == 0);
}

static void
text_of_any_kind_is_kept_as_it_is(void **state UNUSED)
{
	static const char *const texts[] = {
		"'", "''", "\"", "`", "\\", "\\'", "%s%n", "--", ";", "NULL",
		"'; DROP TABLE updates; --", "x' OR '1'='1",
		"\"); DELETE FROM tags; --", "/* */", ":image", "?1", "$1",
		"@image", "\xf0\x9f\x90\xb3", "\xf0\x9f\x91\xa9\xe2\x80\x8d"
		"\xf0\x9f\x92\xbb", "\xc3\xa4\xe2\x82\xac", "a\nb\tc\r\n",
		"\x01\x7f", " spaces ", "1e5", "0123", "-0", "true",
		"{\"json\":1}", "<b>&amp;</b>", "\xef\xbf\xbd",
		"\xe2\x80\xae" "abc",
	};
	struct found found;
	size_t i, k;

	for (i = 0; i < COUNT_OF(texts); i++) {
		upsert(texts[i], texts[i]);
		(void)create_tag(texts[i]);
	}
	assert_int_equal(count_images(), COUNT_OF(texts));
	for (i = 0; i < COUNT_OF(texts); i++) {
		found = find(texts[i]);
		check_row(texts[i], found.count == 1);
		for (k = 0; k < COUNT_OF(members); k++)
			check_row_text(texts[i], found.texts[k], texts[i]);
		release_found(&found);
	}
}

static void
values_of_30_kilobytes_are_kept_whole(void **state UNUSED)
{
	static char text[30001];
	struct found found;
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i * 7 % 26);
	upsert(NGINX, text);
	found = find(NGINX);
	for (i = 1; i < COUNT_OF(members); i++)
		if (strcmp(found.texts[i], text) != 0)
			fail_msg("%s is not whole", members[i].name);
	release_found(&found);
}

static enum status
refuse(void *arg, const struct update_entry *entry UNUSED)
{
	int *left = arg;

	return --*left == 0 ? STATUS_TOO_LARGE : STATUS_OK;
}

static enum status
refuse_tag(void *arg, const struct tag *tag UNUSED)
{
	int *left = arg;

	return --*left == 0 ? STATUS_GONE : STATUS_OK;
}

static void
what_the_visitor_says_ends_the_visit(void **state UNUSED)
{
	int left;

	upsert(NGINX, "x");
	upsert(REDIS, "x");
	upsert(ALPINE, "x");
	(void)create_tag("a");
	(void)create_tag("b");
	(void)create_tag("c");
	left = 2;
	assert_int_equal(store_get_updates(store, refuse, &left),
	    STATUS_TOO_LARGE);
	assert_int_equal(left, 0);
	left = 2;
	assert_int_equal(store_list_tags(store, refuse_tag, &left),
	    STATUS_GONE);
	assert_int_equal(left, 0);
	/* Nothing is left open: reads and writes go on. */
	assert_int_equal(count_images(), 3);
	upsert(NGINX, "y");
	expect_tags("a;b;c;");
}

/* ----- Acknowledging ----- */

static void
acknowledging_and_reopening_may_be_repeated(void **state UNUSED)
{
	upsert(NGINX, "x");
	upsert(REDIS, "x");
	assert_int_equal(store_reopen_update(store, NGINX), STATUS_OK);
	expect(NGINX, 0, false);
	assert_int_equal(store_acknowledge_update(store, NGINX), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, NGINX), STATUS_OK);
	expect(NGINX, 0, true);
	expect(REDIS, 0, false);
	assert_int_equal(store_reopen_update(store, NGINX), STATUS_OK);
	assert_int_equal(store_reopen_update(store, NGINX), STATUS_OK);
	expect(NGINX, 0, false);
}

static void
an_unknown_image_is_not_found(void **state UNUSED)
{
	static const char *const images[] = { "unknown", "", "%", NGINX " " };
	size_t i;

	upsert(NGINX, "x");
	for (i = 0; i < COUNT_OF(images); i++) {
		check_row(images[i], store_acknowledge_update(store,
		    images[i]) == STATUS_NOT_FOUND);
		check_row(images[i], store_reopen_update(store, images[i]) ==
		    STATUS_NOT_FOUND);
	}
	assert_int_equal(count_images(), 1);
	expect(NGINX, 0, false);
}

static void
acknowledging_all_counts_what_was_pending(void **state UNUSED)
{
	int64_t count = -1;

	assert_int_equal(store_acknowledge_all(store, &count), STATUS_OK);
	assert_int_equal(count, 0);
	upsert(NGINX, "x");
	upsert(REDIS, "x");
	upsert(ALPINE, "x");
	assert_int_equal(store_acknowledge_update(store, REDIS), STATUS_OK);
	assert_int_equal(store_acknowledge_all(store, &count), STATUS_OK);
	assert_int_equal(count, 2);
	expect(NGINX, 0, true);
	expect(REDIS, 0, true);
	expect(ALPINE, 0, true);
	assert_int_equal(store_acknowledge_all(store, &count), STATUS_OK);
	assert_int_equal(count, 0);
	upsert(NGINX, "y");
	assert_int_equal(store_acknowledge_all(store, &count), STATUS_OK);
	assert_int_equal(count, 1);
}

static void
acknowledging_by_tag_leaves_the_others_alone(void **state UNUSED)
{
	int64_t media = create_tag("media"), other = create_tag("other");
	int64_t count = -1;

	upsert(NGINX, "x");
	upsert(REDIS, "x");
	upsert(ALPINE, "x");
	upsert("untagged", "x");
	assert_int_equal(store_assign_tag(store, NGINX, media), STATUS_OK);
	assert_int_equal(store_assign_tag(store, REDIS, media), STATUS_OK);
	assert_int_equal(store_assign_tag(store, ALPINE, other), STATUS_OK);
	/* Assigned, but no such image yet: not counted. */
	assert_int_equal(store_assign_tag(store, "later", media), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, REDIS), STATUS_OK);
	assert_int_equal(store_acknowledge_by_tag(store, media, &count),
	    STATUS_OK);
	assert_int_equal(count, 1);
	expect(NGINX, media, true);
	expect(REDIS, media, true);
	expect(ALPINE, other, false);
	expect("untagged", 0, false);
	assert_int_equal(store_acknowledge_by_tag(store, media, &count),
	    STATUS_OK);
	assert_int_equal(count, 0);
}

static void
acknowledging_by_an_unknown_tag_is_not_found(void **state UNUSED)
{
	static const int64_t ids[] = { 0, -1, 99, INT64_MAX, INT64_MIN };
	int64_t count;
	size_t i;

	upsert(NGINX, "x");
	(void)create_tag("media");
	for (i = 0; i < COUNT_OF(ids); i++)
		assert_int_equal(store_acknowledge_by_tag(store, ids[i],
		    &count), STATUS_NOT_FOUND);
	expect(NGINX, 0, false);
}

/* ----- Tags ----- */

static void
tags_are_listed_by_name_each_with_its_id(void **state UNUSED)
{
	int64_t b = create_tag("b"), a = create_tag("a"),
	    c = create_tag("c");

	expect_tags("a;b;c;");
	assert_true(a != b && b != c && a != c);
	assert_true(tag_exists(a) && tag_exists(b) && tag_exists(c));
}

static void
a_taken_name_is_a_conflict_and_changes_nothing(void **state UNUSED)
{
	int64_t id, media = create_tag("media");

	assert_int_equal(store_create_tag(store, "media", &id),
	    STATUS_CONFLICT);
	expect_tags("media;");
	assert_true(tag_exists(media));
	/* Names are compared byte by byte. */
	(void)create_tag("Media");
	(void)create_tag("media ");
	expect_tags("Media;media;media ;");
	assert_int_equal(store_create_tag(store, "media", &id),
	    STATUS_CONFLICT);
}

static void
a_deleted_tags_name_is_free_but_its_id_is_not_used_again(void **state UNUSED)
{
	int64_t first = create_tag("media"), second;

	assert_int_equal(store_delete_tag(store, first), STATUS_OK);
	expect_tags("");
	assert_false(tag_exists(first));
	second = create_tag("media");
	assert_true(second != first);
}

static void
renaming_keeps_id_and_images(void **state UNUSED)
{
	int64_t media = create_tag("media"), other = create_tag("other");
	struct found found;

	upsert(NGINX, "x");
	assert_int_equal(store_assign_tag(store, NGINX, media), STATUS_OK);
	assert_int_equal(store_rename_tag(store, media, "films"), STATUS_OK);
	expect_tags("films;other;");
	found = find(NGINX);
	assert_string_equal(found.tag_name, "films");
	assert_int_equal(found.tag_id, media);
	release_found(&found);
	/* To its own name is no conflict. */
	assert_int_equal(store_rename_tag(store, media, "films"), STATUS_OK);
	assert_int_equal(store_rename_tag(store, media, "other"),
	    STATUS_CONFLICT);
	assert_int_equal(store_rename_tag(store, other, "films"),
	    STATUS_CONFLICT);
	expect_tags("films;other;");
	/* The old name is free. */
	(void)create_tag("media");
}

static void
an_unknown_tag_is_not_found(void **state UNUSED)
{
	static const int64_t ids[] = { 0, -1, 99, INT64_MAX, INT64_MIN };
	int64_t media = create_tag("media");
	size_t i;

	upsert(NGINX, "x");
	assert_int_equal(store_assign_tag(store, NGINX, media), STATUS_OK);
	for (i = 0; i < COUNT_OF(ids); i++) {
		assert_int_equal(store_rename_tag(store, ids[i], "x"),
		    STATUS_NOT_FOUND);
		assert_int_equal(store_delete_tag(store, ids[i]),
		    STATUS_NOT_FOUND);
		assert_int_equal(store_assign_tag(store, NGINX, ids[i]),
		    STATUS_NOT_FOUND);
		assert_false(tag_exists(ids[i]));
	}
	/* A failed assignment leaves the old one. */
	expect(NGINX, media, false);
	expect_tags("media;");
}

static void
deleting_a_tag_frees_its_images(void **state UNUSED)
{
	int64_t media = create_tag("media"), other = create_tag("other");

	upsert(NGINX, "x");
	upsert(REDIS, "x");
	upsert(ALPINE, "x");
	assert_int_equal(store_assign_tag(store, NGINX, media), STATUS_OK);
	assert_int_equal(store_assign_tag(store, REDIS, media), STATUS_OK);
	assert_int_equal(store_assign_tag(store, ALPINE, other), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, REDIS), STATUS_OK);
	assert_int_equal(store_delete_tag(store, media), STATUS_OK);
	expect(NGINX, 0, false);
	expect(REDIS, 0, true);
	expect(ALPINE, other, false);
	expect_tags("other;");
	assert_int_equal(store_delete_tag(store, media), STATUS_NOT_FOUND);
}

static void
an_image_carries_one_tag(void **state UNUSED)
{
	int64_t a = create_tag("a"), b = create_tag("b");

	upsert(NGINX, "x");
	assert_int_equal(store_assign_tag(store, NGINX, a), STATUS_OK);
	expect(NGINX, a, false);
	assert_int_equal(store_assign_tag(store, NGINX, a), STATUS_OK);
	expect(NGINX, a, false);
	assert_int_equal(store_assign_tag(store, NGINX, b), STATUS_OK);
	expect(NGINX, b, false);
	assert_int_equal(count_images(), 1);
	assert_int_equal(store_delete_tag(store, a), STATUS_OK);
	expect(NGINX, b, false);
}

static void
unassigning_may_be_repeated_and_needs_no_image(void **state UNUSED)
{
	int64_t a = create_tag("a");

	upsert(NGINX, "x");
	upsert(REDIS, "x");
	assert_int_equal(store_assign_tag(store, NGINX, a), STATUS_OK);
	assert_int_equal(store_assign_tag(store, REDIS, a), STATUS_OK);
	assert_int_equal(store_unassign_tag(store, NGINX), STATUS_OK);
	expect(NGINX, 0, false);
	expect(REDIS, a, false);
	assert_int_equal(store_unassign_tag(store, NGINX), STATUS_OK);
	assert_int_equal(store_unassign_tag(store, "unknown"), STATUS_OK);
	assert_true(tag_exists(a));
}

static void
a_tag_waits_for_its_image(void **state UNUSED)
{
	int64_t a = create_tag("a");

	assert_int_equal(store_assign_tag(store, NGINX, a), STATUS_OK);
	assert_int_equal(count_images(), 0);
	upsert(NGINX, "x");
	expect(NGINX, a, false);
}

/* ----- The whole ----- */

static void
the_report_counts_images_pending_ones_and_tags(void **state UNUSED)
{
	struct store_report report;

	upsert(NGINX, "x");
	upsert(REDIS, "x");
	upsert(ALPINE, "x");
	(void)create_tag("a");
	(void)create_tag("b");
	assert_int_equal(store_acknowledge_update(store, NGINX), STATUS_OK);
	assert_int_equal(store_check(store, &report), STATUS_OK);
	assert_true(report.sound);
	assert_int_equal(report.images, 3);
	assert_int_equal(report.pending, 2);
	assert_int_equal(report.tags, 2);
}

static enum status
count_row(void *arg, const struct history_entry *entry UNUSED)
{
	++*(int *)arg;
	return STATUS_OK;
}

static void
history_is_told_by_image_host_and_action(void **state UNUSED)
{
	static const struct {
		const char *name;
		struct history_filter filter;
		int count;
	} rows[] = {
		{ "all", { .limit = 100 }, 4 },
		{ "the newest", { .limit = 3 }, 3 },
		{ "before the second", { .before = 2, .limit = 100 }, 1 },
		{ "an image", { .image = NGINX, .limit = 100 }, 2 },
		{ "a host", { .hostname = "a", .limit = 100 }, 2 },
		{ "an action", { .action = "tag-created", .limit = 100 },
		  1 },
		{ "an image of a host", { .image = NGINX, .hostname = "b",
		  .limit = 100 }, 1 },
		{ "of another", { .image = REDIS, .hostname = "b",
		  .limit = 100 }, 0 },
		{ "an action of a host", { .hostname = "a",
		  .action = "received", .limit = 100 }, 2 },
		{ "of none", { .hostname = "a", .action = "removed",
		  .limit = 100 }, 0 },
	};
	size_t i;
	int count;

	upsert(NGINX, "a");
	upsert(NGINX, "b");
	upsert(REDIS, "a");
	(void)create_tag("media");
	for (i = 0; i < COUNT_OF(rows); i++) {
		count = 0;
		check_row(rows[i].name, store_get_history(store,
		    &rows[i].filter, count_row, &count) == STATUS_OK);
		check_row(rows[i].name, count == rows[i].count);
	}
}

static void
a_thousand_images_are_all_there(void **state UNUSED)
{
	char image[64];
	int64_t count;
	int i;

	for (i = 0; i < 1000; i++) {
		(void)snprintf(image, sizeof(image), "registry/app%d:1", i);
		upsert(image, "x");
	}
	assert_int_equal(count_images(), 1000);
	expect("registry/app0:1", 0, false);
	expect("registry/app999:1", 0, false);
	assert_int_equal(store_acknowledge_all(store, &count), STATUS_OK);
	assert_int_equal(count, 1000);
}

/* One of several processes, each with a store of its own. */
static int
write_forty_events(int process)
{
	char why[STORE_REASON_MAX], image[64], name[32];
	struct diun_event event;
	struct store *own;
	int64_t id;
	int i;

	if (backend->open(&own, why) != STATUS_OK)
		return 1;
	for (i = 0; i < 40; i++) {
		(void)snprintf(image, sizeof(image), "app%d-%d", process, i);
		event = event_of(image, "x");
		if (store_upsert_event(own, &event) != STATUS_OK)
			return 2;
		event.image = "shared";
		if (store_upsert_event(own, &event) != STATUS_OK)
			return 3;
	}
	(void)snprintf(name, sizeof(name), "tag%d", process);
	if (store_create_tag(own, name, &id) != STATUS_OK ||
	    store_assign_tag(own, "shared", id) != STATUS_OK)
		return 4;
	store_close(own);
	return 0;
}

static void
processes_write_at_once_and_nothing_is_lost(void **state UNUSED)
{
	enum { PROCESSES = 6 };
	pid_t pids[PROCESSES];
	int i, status;

	/* Nothing may be open across a fork; the first one makes it anew. */
	close_store();
	assert_int_equal(backend->wipe(), 0);
	(void)fflush(NULL);
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(write_forty_events(i));
	}
	for (i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	open_store();
	assert_int_equal(count_images(), PROCESSES * 40 + 1);
	expect_tags("tag0;tag1;tag2;tag3;tag4;tag5;");
}

#define TEST(name) { #name, name, setup, teardown, NULL }
static const struct CMUnitTest cases[] = {
	TEST(a_new_store_is_empty_and_up_to_date),
	TEST(closing_nothing_is_no_error),
	TEST(data_survives_close_and_reopen),
	TEST(two_stores_see_what_the_other_did),
	TEST(every_member_of_an_event_is_kept),
	TEST(a_second_event_replaces_all_other_members),
	TEST(empty_members_replace_full_ones),
	TEST(a_second_event_keeps_the_tag_and_reopens),
	TEST(images_are_told_apart_byte_by_byte),
	TEST(text_of_any_kind_is_kept_as_it_is),
	TEST(values_of_30_kilobytes_are_kept_whole),
	TEST(what_the_visitor_says_ends_the_visit),
	TEST(acknowledging_and_reopening_may_be_repeated),
	TEST(an_unknown_image_is_not_found),
	TEST(acknowledging_all_counts_what_was_pending),
	TEST(acknowledging_by_tag_leaves_the_others_alone),
	TEST(acknowledging_by_an_unknown_tag_is_not_found),
	TEST(tags_are_listed_by_name_each_with_its_id),
	TEST(a_taken_name_is_a_conflict_and_changes_nothing),
	TEST(a_deleted_tags_name_is_free_but_its_id_is_not_used_again),
	TEST(renaming_keeps_id_and_images),
	TEST(an_unknown_tag_is_not_found),
	TEST(deleting_a_tag_frees_its_images),
	TEST(an_image_carries_one_tag),
	TEST(unassigning_may_be_repeated_and_needs_no_image),
	TEST(a_tag_waits_for_its_image),
	TEST(the_report_counts_images_pending_ones_and_tags),
	TEST(history_is_told_by_image_host_and_action),
	TEST(a_thousand_images_are_all_there),
	TEST(processes_write_at_once_and_nothing_is_lost),
};

/* One list of all cases for all backends: a TAP program has one plan. */
int
store_suite_run(const struct backend *backends, size_t count)
{
	size_t total = count * COUNT_OF(cases), i;
	struct CMUnitTest *tests = mem_zalloc(total * sizeof(*tests));
	char (*names)[128] = mem_zalloc(total * sizeof(*names));
	int failed;

	for (i = 0; i < total; i++) {
		const struct backend *tested = &backends[i /
		    COUNT_OF(cases)];

		tests[i] = cases[i % COUNT_OF(cases)];
		(void)snprintf(names[i], sizeof(names[i]), "%s_%s",
		    tested->name, tests[i].name);
		tests[i].name = names[i];
		tests[i].initial_state = (void *)(uintptr_t)tested;
	}
	failed = _cmocka_run_group_tests("store", tests, total, NULL, NULL);
	free(names);
	free(tests);
	return failed;
}
