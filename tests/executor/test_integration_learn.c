/* Secrets that nothing has sent yet. */
#include "tests/executor/rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SECRET "value-0123456789"

Test(integration_learn, every_place)
{
	static const struct {
		const char *data;
		bool expected;
	} rows[] = {
		{"'authType':'bearer','authToken':'${X}'", true},
		{"'headers':'{\\'X-Api-Key\\':\\'${X}\\'}'", true},
		{"'headers':'{\\'Accept-Language\\':\\'${X}\\'}'", false},
		{"'method':'POST','body':'{\\'password\\':\\'${X}\\'}'", true},
		{"'method':'POST','body':'{\\'room\\':\\'${X}\\'}'", false},
		{"'testpanel':{'basic':{'user':'ann','password':'${X}'}}", true},
		{"'testpanel':{'oauth2':{'tokenUrl':'http://h/t','clientId':'a','clientSecret':'${X}'}}",
			true},
		{"'testpanel':{'tls':{'certFile':'/c','keyFile':'/k','keyPassword':'${X}'}}", true},
		{"'testpanel':{'idempotencyKey':'${X_TOKEN}'}", true},
		{"'testpanel':{'idempotencyKey':'${UNSET_TOKEN}'}", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *data =
			xasprintf("{'integrationType':'rest','url':'https://h/?q=${BASE}',%s}", rows[i].data);
		struct integration *integration = rig_integration(data);
		struct redactor *redactor = redactor_new();
		struct env *env = env_new();

		env_set(env, "X", SECRET);
		env_set(env, "X_TOKEN", SECRET);
		env_set(env, "BASE", SECRET "-no");
		integration_learn(integration, env, redactor);
		cr_expect_eq(redact_needed(redactor, SECRET, strlen(SECRET)), rows[i].expected, "%s", data);
		integration_free(integration);
		redactor_free(redactor);
		env_free(env);
		free(data);
	}
}
