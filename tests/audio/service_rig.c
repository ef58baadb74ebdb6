/* See service_rig.h. */
#include "tests/audio/service_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t monotonic_ns(void *ctx)
{
	return clock_monotonic_ns(&clock_system) + ((struct service_rig *)ctx)->ahead_ns;
}

static uint64_t realtime_ns(void *ctx)
{
	(void)ctx;
	return clock_realtime_ns(&clock_system);
}

void service_rig_init(struct service_rig *service)
{
	*service = (struct service_rig){.settings = SERVICE_SETTINGS_DEFAULT};
	rig_init(&service->rig);
	service->clock = (struct clock){monotonic_ns, realtime_ns, service};
	snprintf(service->url, sizeof service->url, "http://127.0.0.1:%u/v1",
		script_server_port(service->rig.server));
	service->settings.base_url = service->url;
	service->settings.key = SERVICE_TEST_KEY;
	service->settings.retry.initial_ms = service->settings.retry.max_ms = 1;
}

void service_rig_done(struct service_rig *service)
{
	rig_settle(&service->rig);
	service_expect_no_key(service, NULL);
	rig_done(&service->rig);
}

void service_expect_no_key(struct service_rig *service, const char *text)
{
	char *record = rig_record(&service->rig);

	cr_expect(!text || !strstr(text, SERVICE_TEST_KEY), "%s", text);
	cr_expect_null(strstr(record, SERVICE_TEST_KEY), "%s", record);
	free(record);
}

const char *service_field(const struct service_rig *service, size_t i, const char *name, size_t *size)
{
	static char *value;
	const char *request = script_request(service->rig.server, i);
	const char *end = request + script_request_bytes(service->rig.server, i), *at, *mark, *until;
	char boundary[100] = "\r\n--", wanted[64];

	free(value);
	value = xstrdup("");
	mark = strstr(request, "boundary=");
	cr_assert(mark, "no form: %s", request);
	snprintf(boundary + 4, sizeof boundary - 4, "%.*s", (int)strcspn(mark + 9, "\r\n"), mark + 9);
	snprintf(wanted, sizeof wanted, "; name=\"%s\"", name);
	at = memmem(request, (size_t)(end - request), wanted, strlen(wanted));
	if (!at)
		return value;
	at = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
	cr_assert(at);
	at += 4;
	until = memmem(at, (size_t)(end - at), boundary, strlen(boundary));
	cr_assert(until, "a part does not end");
	free(value);
	value = xcalloc((size_t)(until - at) + 1, 1);
	memcpy(value, at, (size_t)(until - at));
	if (size)
		*size = (size_t)(until - at);
	return value;
}
