/* A rig with a token endpoint of its own and a clock that can be put forward. */
#ifndef TESTS_EXECUTOR_OFFICE_H
#define TESTS_EXECUTOR_OFFICE_H

#include "tests/executor/rig.h"

#define OFFICE_SECRET "s3cr3t/with+signs"
#define OFFICE_CLIENT                                                                                        \
	"'oauth2':{'tokenUrl':'${TOKEN_URL}/token','clientId':'front desk','clientSecret':'${SECRET}'"
#define OFFICE_NODE(method, more)                                                                            \
	"{'integrationType':'rest','url':'${URL}/','method':'" method "','testpanel':{" OFFICE_CLIENT more   \
	"}}"

struct office {
	struct rig rig;
	struct script_server *tokens;
	struct clock clock;
	uint64_t ahead_ns;
};

void office_open(struct office *office);
void office_close(struct office *office);
/* The endpoint gives the token, with more members behind it. */
void office_give(struct office *office, const char *token, const char *more);
/* Does the text stand in request i? */
bool office_sent(const struct script_server *server, size_t i, const char *text);
/* Fails the test where the code is another; "": it ends well. */
void office_run(struct office *office, const char *data, const char *code);

#endif
