/*
 * power_cut-t.c - what was answered OK is there after a power cut
 *
 * The store writes through a virtual file system that remembers, for each
 * file, what was synced and what was only written. After a random number of
 * writes, syncs and truncations the power goes: from then on everything
 * fails. What the disk has then is made up of what was synced, and, of each
 * sector of 512 bytes written since, at random the old or the new one; a
 * truncation that was not synced has happened or not. On that, the store is
 * opened anew: all that had been answered OK must be there, wholly, and the
 * database must be sound.
 *
 * With synchronous = NORMAL the same must lose something, or the test could
 * not see a loss.
 *
 * Not modelled: names. A file that was made is there from its first write on;
 * a database makes none in use, but the log, which holds nothing before its
 * first sync.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "../unit/unit.h"

#include "../unit/chance.h"
#include "../unit/scratch.h"
#include "figures.h"
#include "log.h"
#include "mem.h"
#include "store_sqlite.h"

#define SECTOR 512
#define IMAGES 8
#define FILES 2

/* ----- The disk ----- */

/* A write, or a truncation to `offset` where data is NULL. */
struct change {
	struct change *next;
	char *data;
	sqlite3_int64 offset;
	int len;
};

struct disk_file {
	const char *name;	/* in the folder */
	char *synced;		/* the content that is sure */
	size_t len;
	struct change *first, **last;
};

static struct disk_file disk[FILES] = {
	{ .name = "d.db" }, { .name = "d.db-wal" },
};
static int power;		/* operations until it goes */

static bool
use_power(void)
{
	if (power > 0)
		power--;
	return power > 0;
}

static void
forget_changes(struct disk_file *file)
{
	struct change *change;

	while ((change = file->first) != NULL) {
		file->first = change->next;
		free(change->data);
		free(change);
	}
	file->last = &file->first;
}

static void
resize(struct disk_file *file, size_t len)
{
	file->synced = mem_resize(file->synced, len + 1, 1);
	if (len > file->len)
		(void)memset(file->synced + file->len, 0, len - file->len);
	file->len = len;
}

static void
apply(struct disk_file *file, const struct change *change, int from, int len)
{
	size_t at = (size_t)(change->offset + from);

	if (at + (size_t)len > file->len)
		resize(file, at + (size_t)len);
	(void)memcpy(file->synced + at, change->data + from, (size_t)len);
}

static void
sync_disk(struct disk_file *file)
{
	const struct change *change;

	for (change = file->first; change != NULL; change = change->next)
		if (change->data == NULL)
			resize(file, (size_t)change->offset);
		else
			apply(file, change, 0, change->len);
	forget_changes(file);
}

/* The power is gone: each sector is there or not. */
static void
tear(struct disk_file *file)
{
	const struct change *change;
	int from, len;

	for (change = file->first; change != NULL; change = change->next) {
		if (change->data == NULL) {
			if (chance(2) == 0)
				resize(file, (size_t)change->offset);
			continue;
		}
		for (from = 0; from < change->len; from += len) {
			len = SECTOR - (int)((change->offset + from) %
			    SECTOR);
			if (len > change->len - from)
				len = change->len - from;
			if (chance(2) == 0)
				apply(file, change, from, len);
		}
	}
	forget_changes(file);
}

static void
note_change(struct disk_file *file, const void *data, int len,
    sqlite3_int64 offset)
{
	struct change *change = mem_zalloc(sizeof(*change));

	change->offset = offset;
	change->len = len;
	if (data != NULL) {
		change->data = mem_alloc((size_t)len);
		(void)memcpy(change->data, data, (size_t)len);
	}
	*file->last = change;
	file->last = &change->next;
}

/* ----- The virtual file system: SQLite's own, and the disk beside it ----- */

static sqlite3_vfs *plain, torn;

struct torn_file {
	sqlite3_file base;
	struct disk_file *disk;		/* NULL: not watched */
	sqlite3_file *real;
};

static sqlite3_file *
real(sqlite3_file *file)
{
	return ((struct torn_file *)file)->real;
}

static struct disk_file *
disk_of(sqlite3_file *file)
{
	return ((struct torn_file *)file)->disk;
}

static int
torn_close(sqlite3_file *file)
{
	return real(file)->pMethods->xClose(real(file));
}

static int
torn_read(sqlite3_file *file, void *data, int len, sqlite3_int64 offset)
{
	return real(file)->pMethods->xRead(real(file), data, len, offset);
}

static int
torn_write(sqlite3_file *file, const void *data, int len,
    sqlite3_int64 offset)
{
	if (!use_power())
		return SQLITE_IOERR_WRITE;
	if (disk_of(file) != NULL)
		note_change(disk_of(file), data, len, offset);
	return real(file)->pMethods->xWrite(real(file), data, len, offset);
}

static int
torn_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	if (!use_power())
		return SQLITE_IOERR_TRUNCATE;
	if (disk_of(file) != NULL)
		note_change(disk_of(file), NULL, 0, size);
	return real(file)->pMethods->xTruncate(real(file), size);
}

/* Nothing needs to reach the disk of this machine. */
static int
torn_sync(sqlite3_file *file, int flags UNUSED)
{
	if (!use_power())
		return SQLITE_IOERR_FSYNC;
	if (disk_of(file) != NULL)
		sync_disk(disk_of(file));
	return SQLITE_OK;
}

static int
torn_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real(file)->pMethods->xFileSize(real(file), size);
}

static int
torn_lock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xLock(real(file), level);
}

static int
torn_unlock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xUnlock(real(file), level);
}

static int
torn_reserved(sqlite3_file *file, int *out)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int
torn_control(sqlite3_file *file, int what, void *arg)
{
	return real(file)->pMethods->xFileControl(real(file), what, arg);
}

/* The least that a disk promises: no sector is safe from its neighbours. */
static int
torn_sector(sqlite3_file *file UNUSED)
{
	return SECTOR;
}

static int
torn_traits(sqlite3_file *file UNUSED)
{
	return 0;
}

static int
torn_shm_map(sqlite3_file *file, int page, int size, int extend,
    void volatile **out)
{
	return real(file)->pMethods->xShmMap(real(file), page, size, extend,
	    out);
}

static int
torn_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void
torn_shm_barrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
}

static int
torn_shm_unmap(sqlite3_file *file, int remove)
{
	return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods torn_methods = {
	.iVersion = 2, .xClose = torn_close, .xRead = torn_read,
	.xWrite = torn_write, .xTruncate = torn_truncate, .xSync = torn_sync,
	.xFileSize = torn_size, .xLock = torn_lock, .xUnlock = torn_unlock,
	.xCheckReservedLock = torn_reserved, .xFileControl = torn_control,
	.xSectorSize = torn_sector, .xDeviceCharacteristics = torn_traits,
	.xShmMap = torn_shm_map, .xShmLock = torn_shm_lock,
	.xShmBarrier = torn_shm_barrier, .xShmUnmap = torn_shm_unmap,
};

static int
torn_open(sqlite3_vfs *vfs UNUSED, const char *path, sqlite3_file *base,
    int flags, int *out_flags)
{
	struct torn_file *file = (struct torn_file *)base;
	const char *name = path == NULL ? NULL : strrchr(path, '/');
	int code;
	size_t i;

	*file = (struct torn_file){ .real = (sqlite3_file *)(void *)(file +
	    1) };
	code = plain->xOpen(plain, path, file->real, flags, out_flags);
	if (code != SQLITE_OK)
		return code;
	for (i = 0; i < FILES && name != NULL; i++)
		if (strcmp(name + 1, disk[i].name) == 0)
			file->disk = &disk[i];
	file->base.pMethods = &torn_methods;
	return SQLITE_OK;
}

static void
register_torn(void)
{
	plain = sqlite3_vfs_find(NULL);
	torn = *plain;
	torn.zName = "torn";
	torn.szOsFile = (int)sizeof(struct torn_file) + plain->szOsFile;
	torn.xOpen = torn_open;
}

/* ----- A round ----- */

/* A database that has begun, to be copied for each round. */
static char *begun;
static size_t begun_len;

static struct store *
open_store(const char *path, unsigned flags)
{
	const struct store_options options = {
		.path = path, .busy_timeout_ms = 1000,
		.flags = STORE_MIGRATE | flags,
	};
	char why[STORE_REASON_MAX];
	struct store *store;

	if (store_open(&options, &store, why) != STATUS_OK)
		fail_msg("cannot open the store: %s", why);
	return store;
}

static void
make_begun(void)
{
	struct store *store;
	struct stat info;
	FILE *file;

	assert_int_equal(scratch_make(), 0);
	store = open_store(scratch_path("d.db"), 0);
	/* A backup is one file, without a log. */
	assert_int_equal(store_backup(store, scratch_path("begun")),
	    STATUS_OK);
	store_close(store);
	assert_int_equal(stat(scratch_path("begun"), &info), 0);
	begun_len = (size_t)info.st_size;
	begun = mem_alloc(begun_len);
	file = fopen(scratch_path("begun"), "re");
	assert_non_null(file);
	assert_int_equal(fread(begun, 1, begun_len, file), begun_len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(scratch_remove(), 0);
}

/* What was answered OK: for each image the number of its newest event. */
static int answered[IMAGES], sent;

static enum status
send_event(struct store *store, int image, int number)
{
	char name[16], digest[16], metadata[600], body[64];
	struct diun_event event = {
		.image = name, .reference = name, .diun_version = "",
		.hostname = "nas", .status = "new", .provider = "",
		.hub_link = "", .mime_type = "", .digest = digest,
		.created = "", .platform = "", .ctn_names = "",
		.ctn_id = "", .ctn_state = "", .ctn_status = "",
		.metadata = metadata, .containers = "[]", .body = body,
	};

	(void)snprintf(name, sizeof(name), "image%d", image);
	(void)snprintf(digest, sizeof(digest), "%d", number);
	(void)snprintf(body, sizeof(body), "{\"number\":%d}", number);
	(void)snprintf(metadata, sizeof(metadata), "{\"x\":\"%0*d\"}",
	    chance(500) + 1, number);
	return store_upsert_event(store, &event);
}

/* Webhooks, mostly; now and then an image is acknowledged. */
static void
use_store(struct store *store)
{
	int image, number, steps;

	for (steps = 0; steps < 60 && power > 0; steps++) {
		image = chance(IMAGES);
		if (chance(8) == 0) {
			if (store_acknowledge_update(store, "image0") ==
			    STATUS_INTERNAL)
				fail_msg("an internal error");
			continue;
		}
		number = ++sent;
		if (send_event(store, image, number) == STATUS_OK)
			answered[image] = number;
	}
}

struct found {
	int newest[IMAGES];
};

static enum status
note_found(void *arg, const struct history_entry *entry)
{
	struct found *found = arg;
	int image, number;

	if (strcmp(entry->action, "received") != 0)
		return STATUS_OK;
	image = (int)strtol(entry->image + strlen("image"), NULL, 10);
	number = (int)strtol(entry->digest, NULL, 10);
	if (number > found->newest[image])
		found->newest[image] = number;
	return STATUS_OK;
}

/* How many images lack what was answered OK. */
static int
count_lost(struct store *store)
{
	const struct history_filter all = { .limit = 100000 };
	struct found found = { { 0 } };
	int i, lost = 0;

	assert_int_equal(store_get_history(store, &all, note_found, &found),
	    STATUS_OK);
	for (i = 0; i < IMAGES; i++)
		if (found.newest[i] < answered[i])
			lost++;
	return lost;
}

static int
run_round(bool full)
{
	struct store_report report;
	struct store *store;
	int lost;
	size_t i;

	assert_int_equal(scratch_make(), 0);
	(void)memset(answered, 0, sizeof(answered));
	sent = 0;
	for (i = 0; i < FILES; i++) {
		forget_changes(&disk[i]);
		resize(&disk[i], i == 0 ? begun_len : 0);
	}
	(void)memcpy(disk[0].synced, begun, begun_len);
	scratch_write(scratch_path("d.db"), begun, begun_len);

	(void)sqlite3_vfs_register(&torn, 1);
	power = 1 << 30;
	store = open_store(scratch_path("d.db"), chance(2) == 0 ? 0 :
	    STORE_SHORT_LIVED);
	if (!full)
		assert_int_equal(sqlite3_exec(store_sqlite_self(store)->
		    db.handle, "PRAGMA synchronous = NORMAL", NULL, NULL,
		    NULL), SQLITE_OK);
	power = 1 + chance(600);
	use_store(store);
	power = 0;
	store_close(store);
	(void)sqlite3_vfs_unregister(&torn);
	(void)sqlite3_vfs_register(plain, 1);

	assert_int_equal(scratch_remove(), 0);
	assert_int_equal(scratch_make(), 0);
	for (i = 0; i < FILES; i++) {
		tear(&disk[i]);
		if (i == 0 || disk[i].len > 0)
			scratch_write(scratch_path(disk[i].name),
			    disk[i].synced, disk[i].len);
	}
	store = open_store(scratch_path("d.db"), 0);
	assert_int_equal(store_check(store, &report), STATUS_OK);
	if (!report.sound)
		fail_msg("after a power cut: %s", report.finding);
	lost = count_lost(store);
	assert_int_equal(send_event(store, 0, ++sent), STATUS_OK);
	store_close(store);
	assert_int_equal(scratch_remove(), 0);
	return lost;
}

static void
what_was_answered_is_there_after_a_power_cut(void **state UNUSED)
{
	int rounds = is_long() ? 10000 : 1000, i, events = 0;

	for (i = 0; i < rounds; i++) {
		if (run_round(true) != 0)
			fail_msg("cut %d lost what was answered", i);
		events += sent;
	}
	(void)printf("# %d power cuts, %d events, nothing lost\n", rounds,
	    events);
}

static void
with_less_syncing_it_would_not_be(void **state UNUSED)
{
	int i, lost = 0;

	for (i = 0; i < 100; i++)
		lost += run_round(false) != 0;
	(void)printf("# synchronous = NORMAL: %d of 100 cuts lost something\n",
	    lost);
	assert_true(lost > 0);
}

/* That nothing can be written is no news here. */
static void
say_nothing(void *arg UNUSED, const char *line UNUSED, size_t len UNUSED)
{
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_answered_is_there_after_a_power_cut),
		cmocka_unit_test(with_less_syncing_it_would_not_be),
	};
	size_t i;
	int failed;

	log_open("power_cut-t", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	log_set_sink(say_nothing, NULL);
	chance_begin();
	for (i = 0; i < FILES; i++)
		disk[i].last = &disk[i].first;
	register_torn();
	make_begun();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(begun);
	for (i = 0; i < FILES; i++)
		free(disk[i].synced);
	return failed;
}
