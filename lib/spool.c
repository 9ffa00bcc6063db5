/*
 * spool.c - webhooks that the store could not take, in files until it can
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"
#include "model.h"
#include "number.h"
#include "spool.h"
#include "utf8.h"

#define MAGIC "diundash-spool 1\n"
#define SUFFIX ".webhook"
#define RESERVE "reserve"

/* Beyond the greatest body that can be configured. */
#define FILE_MAX ((size_t)65 * 1024 * 1024)

/* What a file costs besides its bytes: blocks, an inode, the folder. */
#define OVERHEAD_BYTES 16384

/* Two changes of a folder within this time may look like one. */
#define SAME_TIME_S 2

void
spool_init(struct spool *spool, const char *folder, const char *db_path)
{
	size_t len = (size_t)(strrchr(db_path, '/') + 1 - db_path);
	size_t size = len + sizeof("spool");

	*spool = (struct spool){ .lock = -1 };
	if (folder != NULL) {
		spool->folder = mem_strdup(folder);
		return;
	}
	spool->folder = mem_alloc(size);
	(void)snprintf(spool->folder, size, "%.*sspool", (int)len, db_path);
}

void
spool_release(struct spool *spool)
{
	spool_unlock(spool);
	free(spool->folder);
	spool->folder = NULL;
}

/* "FOLDER/NAME". */
static void
path_of(const struct spool *spool, const char *name, char path[PATH_MAX])
{
	int len = snprintf(path, PATH_MAX, "%s/%s", spool->folder, name);

	assert(len < PATH_MAX);
	(void)len;
}

static int
sync_file(int fd)
{
	int result;

	do
		result = fsync(fd);
	while (result != 0 && errno == EINTR);
	return result;
}

/* Make what was done to the names in a folder last. */
static int
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result, error;

	if (fd < 0)
		return -1;
	result = sync_file(fd);
	error = errno;
	(void)close(fd);
	errno = error;
	return result;
}

static int
make_folder(const struct spool *spool)
{
	char parent[PATH_MAX];
	char *slash;

	if (mkdir(spool->folder, 0750) != 0)
		return errno == EEXIST ? 0 : -1;
	(void)snprintf(parent, sizeof(parent), "%s", spool->folder);
	slash = strrchr(parent, '/');
	slash[slash == parent] = '\0';
	return sync_folder(parent);
}

static int
make_reserve(const struct spool *spool)
{
	char path[PATH_MAX];
	struct stat info;
	int fd, error;

	path_of(spool, RESERVE, path);
	if (stat(path, &info) == 0 && info.st_size == SPOOL_RESERVE_BYTES)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return errno;
	error = posix_fallocate(fd, 0, SPOOL_RESERVE_BYTES);
	if (error == 0 && sync_file(fd) != 0)
		error = errno;
	(void)close(fd);
	/* Half a reserve on a full disk is what a webhook could use. */
	if (error != 0)
		(void)unlink(path);
	return error;
}

void
spool_prepare(struct spool *spool)
{
	int error = 0;

	if (make_folder(spool) != 0)
		error = errno;
	if (error == 0)
		error = make_reserve(spool);
	if (error != 0)
		log_warn("the spool '%s' is not ready, so a webhook that the "
		    "database cannot take may be refused: %s", spool->folder,
		    strerror(error));
}

/* Shorten the reserve by what `len` bytes need. false: there is none. */
static bool
use_reserve(const struct spool *spool, size_t len)
{
	off_t need = (off_t)len + OVERHEAD_BYTES;
	char path[PATH_MAX];
	struct stat info;
	bool done;
	int fd;

	path_of(spool, RESERVE, path);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	done = fstat(fd, &info) == 0 && info.st_size > 0 &&
	    ftruncate(fd, info.st_size > need ? info.st_size - need : 0) == 0;
	(void)close(fd);
	return done;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The whole file under its passing name. -1 with errno. */
static int
write_file(const char *path, const char *head, const struct spooled *webhook)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int result = -1, error;

	if (fd < 0)
		return -1;
	if (write_all(fd, head, strlen(head)) == 0 &&
	    write_all(fd, webhook->body, webhook->len) == 0)
		result = sync_file(fd);
	error = errno;
	if (close(fd) != 0 && result == 0) {
		error = errno;
		result = -1;
	}
	if (result != 0)
		(void)unlink(path);
	errno = error;
	return result;
}

/* A name for now: the time to the nanosecond, and chance. -1 with errno. */
static int
make_name(char name[SPOOL_NAME_SIZE])
{
	struct timespec now;
	struct tm utc;
	uint32_t chance;
	size_t len;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (getentropy(&chance, sizeof(chance)) != 0)
		return -1;
	if (gmtime_r(&now.tv_sec, &utc) == NULL) {
		errno = EOVERFLOW;
		return -1;
	}
	len = strftime(name, SPOOL_NAME_SIZE, "%Y%m%dT%H%M%S", &utc);
	(void)snprintf(name + len, SPOOL_NAME_SIZE - len, ".%09ldZ-%08x"
	    SUFFIX, now.tv_nsec, (unsigned)chance);
	return 0;
}

static int
put(struct spool *spool, const char *head, const struct spooled *webhook)
{
	char name[SPOOL_NAME_SIZE], passing[SPOOL_NAME_SIZE + 8];
	char path[PATH_MAX], passing_path[PATH_MAX];

	if (make_name(name) != 0)
		return -1;
	(void)snprintf(passing, sizeof(passing), ".new-%s", name);
	path_of(spool, name, path);
	path_of(spool, passing, passing_path);
	if (write_file(passing_path, head, webhook) != 0)
		return -1;
	if (rename(passing_path, path) != 0) {
		int error = errno;

		(void)unlink(passing_path);
		errno = error;
		return -1;
	}
	return sync_folder(spool->folder);
}

static bool
is_full(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

enum status
spool_put(struct spool *spool, const struct spooled *webhook,
    char why[SPOOL_REASON_MAX])
{
	struct buf head;
	int result;

	buf_init(&head, 4096);
	buf_printf(&head, MAGIC "received: %s\n", webhook->received_at);
	if (webhook->host[0] != '\0')
		buf_printf(&head, "host: %s\n", webhook->host);
	if (webhook->is_uncertain)
		buf_add_text(&head, "uncertain: yes\n");
	buf_printf(&head, "reason: %.*s\nlength: %zu\n\n",
	    (int)strcspn(webhook->reason, "\r\n"), webhook->reason,
	    webhook->len);
	spool->is_empty = false;
	result = make_folder(spool);
	if (result == 0)
		result = put(spool, buf_text(&head), webhook);
	if (result != 0 && is_full(errno) &&
	    use_reserve(spool, webhook->len + head.len))
		result = put(spool, buf_text(&head), webhook);
	buf_release(&head);
	if (result == 0)
		return STATUS_OK;
	(void)snprintf(why, SPOOL_REASON_MAX, "the spool cannot be written "
	    "(%s)", strerror(errno));
	log_error("%s: %s", why, spool->folder);
	return STATUS_UNAVAILABLE;
}

bool
spool_may_wait(struct spool *spool)
{
	struct stat info;

	if (stat(spool->folder, &info) != 0)
		return errno != ENOENT;
	return !spool->is_empty ||
	    info.st_mtim.tv_sec != spool->empty_since.tv_sec ||
	    info.st_mtim.tv_nsec != spool->empty_since.tv_nsec;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* Put the name, which fits, where it belongs among the oldest, if it does. */
static void
add_name(struct spool_list *list, const char *name)
{
	size_t at = list->count;

	list->waiting++;
	while (at > 0 && strcmp(list->names[at - 1], name) > 0)
		at--;
	if (at == SPOOL_LIST_MAX)
		return;
	if (list->count < SPOOL_LIST_MAX)
		list->count++;
	(void)memmove(list->names[at + 1], list->names[at],
	    (list->count - 1 - at) * SPOOL_NAME_SIZE);
	(void)memcpy(list->names[at], name, strlen(name) + 1);
}

/* 0, or -1 with errno: not all was seen. */
static int
list_folder(DIR *folder, struct spool_list *list)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (ends_with(entry->d_name, SUFFIX ".damaged"))
			list->damaged++;
		else if (ends_with(entry->d_name, SUFFIX) &&
		    strlen(entry->d_name) < SPOOL_NAME_SIZE)
			add_name(list, entry->d_name);
	}
	return errno == 0 ? 0 : -1;
}

static enum status
unreadable(const struct spool *spool)
{
	log_error("cannot read the spool '%s': %s", spool->folder,
	    strerror(errno));
	return STATUS_UNAVAILABLE;
}

enum status
spool_list(struct spool *spool, struct spool_list *list)
{
	struct stat info = { .st_mtim = { 0 } };
	DIR *folder = opendir(spool->folder);
	enum status status = STATUS_OK;

	*list = (struct spool_list){ 0 };
	if (folder == NULL)
		return errno == ENOENT ? STATUS_OK : unreadable(spool);
	(void)fstat(dirfd(folder), &info);
	if (list_folder(folder, list) != 0)
		status = unreadable(spool);
	(void)closedir(folder);
	/* What comes at the time that was seen here could be missed. */
	spool->empty_since = info.st_mtim;
	spool->is_empty = status == STATUS_OK && list->waiting == 0 &&
	    info.st_mtim.tv_sec + SAME_TIME_S < time(NULL);
	return status;
}

/* The value of the header line `name`, ended; NULL when it is another. */
static char *
take_line(char **at, const char *name)
{
	size_t len = strlen(name);
	char *end, *value;

	if (strncmp(*at, name, len) != 0)
		return NULL;
	end = strchr(*at, '\n');
	if (end == NULL)
		return NULL;
	*end = '\0';
	value = *at + len;
	*at = end + 1;
	return value;
}

/* Does it have the form of clock_now()? A digit stands for any digit. */
static bool
is_time(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	size_t i;

	for (i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9'
		    : text[i] != form[i])
			return false;
	return true;
}

static bool
is_line(const char *text)
{
	return utf8_valid(text, strlen(text)) && !utf8_has_control(text);
}

static bool
parse(struct buf *text, struct spooled *webhook)
{
	char *at = text->data, *rest, *received, *host, *reason, *length;
	int64_t len;

	if (at == NULL || strncmp(at, MAGIC, strlen(MAGIC)) != 0)
		return false;
	at += strlen(MAGIC);
	received = take_line(&at, "received: ");
	host = take_line(&at, "host: ");
	rest = take_line(&at, "uncertain: yes");
	webhook->is_uncertain = rest != NULL;
	reason = take_line(&at, "reason: ");
	length = take_line(&at, "length: ");
	if (received == NULL || reason == NULL || length == NULL ||
	    *at != '\n' || !number_parse(length, INT64_MAX, &len))
		return false;
	if (!is_time(received) || !is_line(reason) ||
	    (rest != NULL && rest[0] != '\0') || (host != NULL &&
	    (!is_line(host) || strlen(host) > HOSTNAME_BYTES_MAX)))
		return false;
	(void)snprintf(webhook->received_at, CLOCK_TEXT_SIZE, "%s",
	    received);
	webhook->host = host == NULL ? "" : host;
	webhook->reason = reason;
	webhook->body = at + 1;
	webhook->len = (size_t)len;
	return text->len - (size_t)(webhook->body - text->data) ==
	    webhook->len;
}

/* The whole file into `text`. -1 with errno. */
static int
read_file(const char *path, struct buf *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), error = 0;
	ssize_t n = 1;
	char *room;

	if (fd < 0)
		return -1;
	while (n > 0) {
		room = buf_reserve(text, 65536);
		n = room == NULL ? -1 : read(fd, room, 65536);
		if (n < 0 && room != NULL && errno == EINTR) {
			n = 1;
			continue;
		}
		if (n < 0)
			error = room == NULL ? EFBIG : errno;
		if (n > 0)
			text->len += (size_t)n;
		if (room != NULL)
			text->data[text->len] = '\0';
	}
	(void)close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}

enum status
spool_read(struct spool *spool, const char *name, struct buf *text,
    struct spooled *webhook)
{
	char path[PATH_MAX];
	int error;

	buf_clear(text);
	text->max = FILE_MAX;
	path_of(spool, name, path);
	if (read_file(path, text) != 0) {
		error = errno;
		if (error == ENOENT)
			return STATUS_NOT_FOUND;
		log_error("cannot read '%s': %s", path, strerror(error));
		return error == EFBIG || error == ELOOP ? STATUS_INVALID
		    : STATUS_UNAVAILABLE;
	}
	if (parse(text, webhook))
		return STATUS_OK;
	log_error("'%s' is damaged: no webhook can be read from it", path);
	return STATUS_INVALID;
}

enum status
spool_lock(struct spool *spool)
{
	int fd = open(spool->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		if (errno == ENOENT)
			return STATUS_NOT_FOUND;
		log_error("cannot use the spool '%s': %s", spool->folder,
		    strerror(errno));
		return STATUS_UNAVAILABLE;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return STATUS_BUSY;
	}
	spool->lock = fd;
	return STATUS_OK;
}

void
spool_unlock(struct spool *spool)
{
	if (spool->lock >= 0)
		(void)close(spool->lock);
	spool->lock = -1;
}

enum status
spool_remove(struct spool *spool, const char *name)
{
	char path[PATH_MAX];

	path_of(spool, name, path);
	if (unlink(path) == 0 || errno == ENOENT)
		return STATUS_OK;
	log_error("cannot remove '%s' from the spool, though it is stored: "
	    "%s", name, strerror(errno));
	return STATUS_UNAVAILABLE;
}

enum status
spool_set_aside(struct spool *spool, const char *name)
{
	char path[PATH_MAX], aside[PATH_MAX], other[SPOOL_NAME_SIZE + 16];

	(void)snprintf(other, sizeof(other), "%s.damaged", name);
	path_of(spool, name, path);
	path_of(spool, other, aside);
	if (rename(path, aside) == 0)
		return STATUS_OK;
	log_error("cannot rename '%s' in the spool: %s", name,
	    strerror(errno));
	return STATUS_UNAVAILABLE;
}

enum status
spool_look(struct spool *spool, struct spool_state *state)
{
	struct spool_list list;
	struct spooled webhook;
	struct buf text;
	enum status status;

	*state = (struct spool_state){ 0 };
	status = spool_list(spool, &list);
	if (status != STATUS_OK)
		return status;
	state->waiting = list.waiting;
	state->damaged = list.damaged;
	if (list.count == 0)
		return STATUS_OK;
	buf_init(&text, FILE_MAX);
	if (spool_read(spool, list.names[0], &text, &webhook) == STATUS_OK) {
		(void)snprintf(state->since, sizeof(state->since), "%s",
		    webhook.received_at);
		(void)snprintf(state->reason, sizeof(state->reason), "%s",
		    webhook.reason);
	}
	buf_release(&text);
	return STATUS_OK;
}
