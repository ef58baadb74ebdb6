/* The table of kinds. See source.h. */
#include "executor/source.h"
#include "executor/credentials.h"
#include "executor/idempotency.h"
#include "executor/transport.h"

#include <string.h>

static const struct source_ops *const sources[] = {&source_mock, &source_rest, &source_graphql};

enum errcode source_render(struct request *request, const struct integration *in, const char *run_id,
	const struct template_scope *scope, char **message)
{
	enum errcode code;

	if (!in->source->render)
		return ERR_NONE;
	if ((code = in->source->render(request, in, scope, message)) ||
		(code = transport_render(request, in, scope, message)) ||
		(code = credentials_render(request, in, scope, message)))
		return code;
	redactor_add_url(scope->redactor, buffer_text(&request->url));
	return idempotency_add(request, in, run_id, scope, message);
}

const struct source_ops *source_find(const char *name)
{
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
		if (!strcmp(sources[i]->name, name))
			return sources[i];
	return NULL;
}
