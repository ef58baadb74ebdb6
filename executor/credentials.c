/* Basic authentication and OAuth 2.0 clients. See credentials.h. */
#include "executor/credentials.h"
#include "executor/base64.h"
#include "executor/json.h"
#include "executor/transport.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void refuse(const struct integration_draft *draft, const char *member, const char *message)
{
	char *pointer = xasprintf("testpanel/%s", member);

	integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, pointer, "%s", message);
	free(pointer);
}

static void parse_basic(const struct integration_draft *draft, const cJSON *basic)
{
	static const char *const known[] = {"user", "password", NULL};
	struct integration *in = draft->integration;
	char *user, *password;

	if (!cJSON_IsObject(basic)) {
		refuse(draft, "basic",
			"basic must be an object: {\"user\": \"…\", \"password\": \"${NAME}\"}");
		return;
	}
	transport_close(draft, basic, "basic", known);
	user = transport_text(draft, basic, "basic", "user");
	password = transport_text(draft, basic, "basic", "password");
	if (in->auth != AUTH_NONE)
		refuse(draft, "basic", "authType says how to log in already: set it to none");
	else if (!user)
		refuse(draft, "basic/user", "basic needs a user");
	else if (strchr(user, ':') && !strstr(user, "${"))
		refuse(draft, "basic/user", "no colon can stand in a user's name (RFC 7617)");
	else {
		free(in->auth_token);
		in->auth = AUTH_BASIC;
		in->auth_token = xasprintf("%s:%s", user, password ? password : "");
	}
	free(user);
	free(password);
}

static void parse_style(
	const struct integration_draft *draft, const cJSON *oauth2, struct oauth2_client *client)
{
	const cJSON *style = json_get(oauth2, "authStyle");

	client->in_body = cJSON_IsString(style) && !strcmp(style->valuestring, "body");
	if (style && !client->in_body &&
		(!cJSON_IsString(style) || strcmp(style->valuestring, "header") != 0))
		refuse(draft, "oauth2/authStyle", "authStyle must be \"header\" or \"body\"");
}

static void parse_oauth2(const struct integration_draft *draft, const cJSON *oauth2)
{
	static const char *const known[] = {
		"tokenUrl", "clientId", "clientSecret", "scope", "audience", "authStyle", NULL};
	struct integration *in = draft->integration;
	struct oauth2_client *client;

	if (!cJSON_IsObject(oauth2)) {
		refuse(draft, "oauth2",
			"oauth2 must be an object: {\"tokenUrl\": \"…\", \"clientId\": \"…\", "
			"\"clientSecret\": \"${NAME}\"}");
		return;
	}
	transport_close(draft, oauth2, "oauth2", known);
	client = in->oauth2 = xcalloc(1, sizeof *client);
	client->token_url = transport_text(draft, oauth2, "oauth2", "tokenUrl");
	client->id = transport_text(draft, oauth2, "oauth2", "clientId");
	client->secret = transport_text(draft, oauth2, "oauth2", "clientSecret");
	client->scope = transport_text(draft, oauth2, "oauth2", "scope");
	client->audience = transport_text(draft, oauth2, "oauth2", "audience");
	parse_style(draft, oauth2, client);
	if (!client->token_url && !json_get(oauth2, "tokenUrl"))
		refuse(draft, "oauth2/tokenUrl", "oauth2 needs a tokenUrl");
	else if (client->token_url && strncasecmp(client->token_url, "http://", 7) &&
		strncasecmp(client->token_url, "https://", 8) && strncmp(client->token_url, "${", 2))
		refuse(draft, "oauth2/tokenUrl", "tokenUrl must begin with http:// or https://");
	if (!client->id && !json_get(oauth2, "clientId"))
		refuse(draft, "oauth2/clientId", "oauth2 needs a clientId");
	if (!client->secret && !json_get(oauth2, "clientSecret"))
		refuse(draft, "oauth2/clientSecret", "oauth2 needs a clientSecret, as ${NAME}");
	if (in->auth != AUTH_NONE)
		refuse(draft, "oauth2", "authType or basic says how to log in already: oauth2 stands alone");
}

void credentials_parse(const struct integration_draft *draft)
{
	const cJSON *testpanel = json_get(draft->data, "testpanel");
	const cJSON *basic = json_get(testpanel, "basic"), *oauth2 = json_get(testpanel, "oauth2");

	if (basic)
		parse_basic(draft, basic);
	if (oauth2)
		parse_oauth2(draft, oauth2);
}

void credentials_free(struct oauth2_client *client)
{
	if (!client)
		return;
	free((char *)client->token_url);
	free((char *)client->id);
	free((char *)client->secret);
	free((char *)client->scope);
	free((char *)client->audience);
	free(client);
}

static bool is_web_url(const char *url)
{
	return !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);
}

enum errcode credentials_render(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message)
{
	const struct oauth2_client *from = in->oauth2;
	struct oauth2_client *to = &request->oauth2;
	enum errcode code;

	request->has_oauth2 = from != NULL;
	if (!from)
		return ERR_NONE;
	*to = *from;
	if ((code = transport_expand(request, from->token_url, false, scope, &to->token_url, message)) ||
		(code = transport_expand(request, from->id, false, scope, &to->id, message)) ||
		(code = transport_expand(request, from->secret, true, scope, &to->secret, message)) ||
		(code = transport_expand(request, from->scope, false, scope, &to->scope, message)) ||
		(code = transport_expand(request, from->audience, false, scope, &to->audience, message)))
		return code;
	redactor_add_url(scope->redactor, to->token_url);
	if (is_web_url(to->token_url))
		return ERR_NONE;
	*message = xstrdup("oauth2's tokenUrl is not allowed: it must begin with http:// or https://");
	return ERR_URL_NOT_ALLOWED;
}

char *credentials_basic(const char *user_password, struct redactor *redactor)
{
	const char *colon = strchr(user_password, ':');
	char *base64 = base64_encode(user_password, strlen(user_password)),
	     *value = xasprintf("Basic %s", base64);

	if (redactor) {
		redactor_add(redactor, base64);
		if (colon && colon[1])
			redactor_add(redactor, colon + 1);
	}
	free(base64);
	return value;
}
