/*
 * json_check.c - fuzz target: json_check.h and utf8.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "fuzz.h"
#include "json_check.h"
#include "utf8.h"

/*
 * UTF-8 once more, by arithmetic: RFC 3629 by way of the code point, where
 * utf8.c goes by ranges of bytes.
 */
static bool
is_utf8(const uint8_t *data, size_t size, size_t *characters)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i = 0, k, n;
	uint32_t point;

	for (*characters = 0; i < size; i += n, (*characters)++) {
		n = data[i] < 0x80 ? 1 : data[i] >> 5 == 6 ? 2
		    : data[i] >> 4 == 14 ? 3 : data[i] >> 3 == 30 ? 4 : 0;
		if (n == 0 || n > size - i)
			return false;
		point = n == 1 ? data[i] : data[i] & (0x7fU >> n);
		for (k = 1; k < n; k++) {
			if (data[i + k] >> 6 != 2)
				return false;
			point = point << 6 | (data[i + k] & 0x3fU);
		}
		if (point < least[n] || point > 0x10ffff ||
		    (point >= 0xd800 && point <= 0xdfff))
			return false;
	}
	return true;
}

static void
check_utf8(const uint8_t *data, size_t size)
{
	size_t characters;
	bool valid = is_utf8(data, size, &characters);
	char *text;

	must(utf8_valid((const char *)data, size) == valid);
	if (!valid || memchr(data, '\0', size) != NULL)
		return;
	text = fuzz_text(data, size);
	must(utf8_length(text) == characters);
	(void)utf8_has_control(text);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned shallow[] = { 0, 1, 2, 5 };
	const char *text = (const char *)data;
	struct json_fault fault = { NULL, SIZE_MAX };
	enum status status;
	size_t i;

	if (size == 0)
		text = "";
	else
		check_utf8(data, size);
	status = json_check(text, size, JSON_DEPTH_MAX, &fault);
	if (status != STATUS_OK) {
		must(status == STATUS_INVALID);
		fuzz_must_be_line(fault.reason);
		must(fault.offset <= size);
	} else {
		must(utf8_valid(text, size));
	}
	/* Less depth takes nothing more. */
	for (i = 0; i < COUNT_OF(shallow); i++)
		must(json_check(text, size, shallow[i], &fault) != STATUS_OK ||
		    status == STATUS_OK);
	/* A container cut short is none. */
	if (status == STATUS_OK && (text[size - 1] == '}' ||
	    text[size - 1] == ']' || text[size - 1] == '"'))
		must(json_check(text, size - 1, JSON_DEPTH_MAX, &fault) ==
		    STATUS_INVALID);
	return 0;
}
