/* A hotel's workflow for tests of variants, and the pieces of a template for it. */
#ifndef TESTS_ORCHESTRATOR_VARIANT_HOTEL_H
#define TESTS_ORCHESTRATOR_VARIANT_HOTEL_H

#include "orchestrator/variant.h"

/* Router desk → departments stays (reserve, cancel, guide) and bills (invoice); the tool clock is the desk's
 * own. */
extern const char hotel_text[];

#define MASTER                                                                                               \
	"\"masterAgent\":{\"agentId\":\"m\",\"systemPrompt\":\"Template's "                                  \
	"prompt.\",\"intents\":[\"stays\"]}"
#define TEMPLATE(master, subs, rest)                                                                         \
	"{\"templateId\":\"t1\",\"name\":\"Template\",\"version\":\"1\"," master ",\"subAgents\":[" subs     \
	"]" rest "}"
#define SUB(config) "{\"module\":\"M\",\"config\":{" config "}}"
#define STAYS "\"agentId\":\"stays\",\"specialty\":\"reservations\""

/* A workflow that has to be right. */
struct workflow *hotel_load(const char *text, struct faults *faults);
/* The hotel with a template in it; NULL with faults. */
struct workflow *hotel_merge(const char *template, struct faults *faults);

#endif
