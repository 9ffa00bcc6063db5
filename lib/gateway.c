/*
 * gateway.c - calls through the gateway's table, and what both kinds share
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <sys/socket.h>

#include "gateway.h"

bool
gateway_is_listening(int fd)
{
	int listening = 0;
	socklen_t size = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
	    &size) == 0 && listening != 0;
}

enum status
gateway_next(struct gateway *gateway, int wait_ms)
{
	return gateway->ops->next(gateway, wait_ms);
}

int64_t
gateway_deadline(const struct gateway *gateway)
{
	return gateway->deadline;
}

const char *
gateway_param(struct gateway *gateway, const char *name)
{
	return gateway->ops->param(gateway, name);
}

enum status
gateway_read(struct gateway *gateway, void *data, size_t size, size_t *n)
{
	return gateway->ops->read(gateway, data, size, n);
}

bool
gateway_marks_end(const struct gateway *gateway)
{
	return gateway->ops->marks_end;
}

bool
gateway_serves_one(const struct gateway *gateway)
{
	return gateway->ops->serves_one;
}

enum status
gateway_write(struct gateway *gateway, const void *data, size_t len)
{
	return gateway->ops->write(gateway, data, len);
}

void
gateway_log(struct gateway *gateway, const char *line, size_t len)
{
	gateway->ops->log(gateway, line, len);
}

void
gateway_finish(struct gateway *gateway)
{
	gateway->ops->finish(gateway);
}

void
gateway_free(struct gateway *gateway)
{
	if (gateway != NULL)
		gateway->ops->free(gateway);
}
