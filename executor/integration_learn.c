/* Secrets of an integration that has not sent anything yet: whoever says them before is not to be heard. What
 * stands in the file, or comes as an argument, is learnt when it is sent. */
#include "executor/credentials.h"
#include "executor/http.h"
#include "executor/integration.h"

static void learn(const char *text, bool secret, const struct template_scope *scope)
{
	struct template_scope own = *scope;

	own.secret = secret;
	if (text)
		template_learn(text, &own);
}

void integration_learn(
	const struct integration *integration, const struct env *env, struct redactor *redactor)
{
	const struct template_scope scope = {.env = env, .redactor = redactor};
	const struct oauth2_client *oauth2 = integration->oauth2;
	const struct http_transport *transport = integration->transport;

	learn(integration->url, false, &scope);
	learn(integration->auth_token, true, &scope);
	for (size_t i = 0; i < integration->header_count; i++)
		learn(integration->headers[i].value, redact_is_secret_name(integration->headers[i].name),
			&scope);
	learn(integration->body, false, &scope);
	learn(integration->variables, false, &scope);
	learn(integration->key_template, false, &scope);
	if (oauth2) {
		learn(oauth2->token_url, false, &scope);
		learn(oauth2->secret, true, &scope);
	}
	if (transport) {
		learn(transport->key_password, true, &scope);
		learn(transport->proxy, false, &scope);
	}
}
