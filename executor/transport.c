/* A node's own way of travelling. See transport.h. */
#include "executor/transport.h"
#include "executor/json.h"
#include "executor/server_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)64 << 10)
#define SERVER_NAME_WRONG "must be a host name such as api.example.com: no scheme, no port"

/* Where a member stands, as integration_refuse takes it: below the node's data. */
static char *place_of(const char *place, const char *member)
{
	char *object = xasprintf("testpanel%s%s", *place ? "/" : "", place),
	     *pointer = json_pointer_child(object, member);

	free(object);
	return pointer;
}

static void refuse(
	const struct integration_draft *draft, const char *place, const char *member, const char *message)
{
	char *pointer = place_of(place, member);

	integration_refuse(draft, ERR_INTEGRATION_CONFIG_ERROR, pointer, "%s: %s", member, message);
	free(pointer);
}

static void warn(
	const struct integration_draft *draft, const char *place, const char *member, const char *message)
{
	char *pointer = place_of(place, member);

	integration_warn(draft, pointer, "%s: %s", member, message);
	free(pointer);
}

char *transport_text(
	const struct integration_draft *draft, const cJSON *object, const char *place, const char *member)
{
	const cJSON *value = json_get(object, member);
	char *wrong = NULL;

	if (!value)
		return NULL;
	if (!cJSON_IsString(value) || !*value->valuestring) {
		refuse(draft, place, member, "must be a text");
		return NULL;
	}
	if (template_has_arguments(value->valuestring))
		wrong = xstrdup("an argument has no place here: write ${NAME} for a variable");
	else
		wrong = template_check(value->valuestring);
	if (!wrong)
		return xstrdup(value->valuestring);
	refuse(draft, place, member, wrong);
	free(wrong);
	return NULL;
}

bool transport_flag(
	const struct integration_draft *draft, const cJSON *object, const char *place, const char *member)
{
	const cJSON *value = json_get(object, member);

	if (value && !cJSON_IsBool(value))
		refuse(draft, place, member, "must be true or false");
	return cJSON_IsTrue(value);
}

void transport_close(const struct integration_draft *draft, const cJSON *object, const char *place,
	const char *const *known)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
	{
		struct buffer names;
		size_t i;

		buffer_init(&names, TEXT_MAX);
		buffer_appendf(&names, "unknown member; %s has", place);
		for (i = 0; known[i] && strcmp(known[i], member->string) != 0; i++)
			buffer_appendf(&names, "%s %s", i ? "," : "", known[i]);
		if (!known[i])
			refuse(draft, place, member->string, buffer_text(&names));
		buffer_done(&names);
	}
}

/* As seen from the folder; caller frees. */
static char *file_from(const char *folder, const char *path)
{
	return folder && *path != '/' ? xasprintf("%s/%s", folder, path) : xstrdup(path);
}

/* What is named outright can be looked for now; on the machine that runs it it may yet be there. */
static void check_file(const struct integration_draft *draft, const char *member, const char *path)
{
	char *message, *file;

	if (!path || strstr(path, "${"))
		return;
	file = file_from(draft->defaults->folder, path);
	if (access(file, R_OK)) {
		message = xasprintf("cannot read \"%.200s\": %s", file, strerror(errno));
		warn(draft, "tls", member, message);
		free(message);
	}
	free(file);
}

static void parse_min_version(const struct integration_draft *draft, const cJSON *tls)
{
	const cJSON *version = json_get(tls, "minVersion");

	if (!version)
		return;
	if (cJSON_IsString(version) && !strcmp(version->valuestring, "1.3"))
		draft->integration->transport->tls13 = true;
	else if (!cJSON_IsString(version) || strcmp(version->valuestring, "1.2") != 0)
		refuse(draft, "tls", "minVersion", "must be \"1.2\" or \"1.3\"");
}

static void parse_server_name(const struct integration_draft *draft, const cJSON *tls)
{
	char *name = transport_text(draft, tls, "tls", "serverName");

	if (name && !strstr(name, "${") && !server_name_valid(name))
		refuse(draft, "tls", "serverName", SERVER_NAME_WRONG);
	draft->integration->transport->server_name = name;
}

/* True where *text is the word that stands for nothing, which it then is. */
static bool is_none(const char **text, const char *word)
{
	if (!*text || strcmp(*text, word) != 0)
		return false;
	free((char *)*text);
	*text = NULL;
	return true;
}

static void warn_of_tls(const struct integration_draft *draft)
{
	const struct http_transport *transport = draft->integration->transport;
	const char *url = draft->integration->url;

	check_file(draft, "caFile", transport->ca_file);
	check_file(draft, "certFile", transport->cert_file);
	check_file(draft, "keyFile", transport->key_file);
	if (transport->insecure) {
		warn(draft, "tls", "insecure",
			"whoever answers is believed: name the server's CA in caFile instead");
		faults_name_rule(draft->faults, FAULT_RULE_INSECURE_TLS);
	}
	if (url && !strncasecmp(url, "http://", 7))
		warn(draft, "", "tls", "the URL is http://, so there is no TLS");
}

static void parse_tls(const struct integration_draft *draft, const cJSON *tls, struct transport_own *own)
{
	static const char *const known[] = {
		"caFile", "certFile", "keyFile", "keyPassword", "serverName", "insecure", "minVersion", NULL};
	struct http_transport *transport = draft->integration->transport;

	if (!cJSON_IsObject(tls)) {
		refuse(draft, "", "tls", "must be an object such as {\"caFile\": \"ca.pem\"}");
		return;
	}
	transport_close(draft, tls, "tls", known);
	transport->ca_file = transport_text(draft, tls, "tls", "caFile");
	transport->cert_file = transport_text(draft, tls, "tls", "certFile");
	transport->key_file = transport_text(draft, tls, "tls", "keyFile");
	transport->key_password = transport_text(draft, tls, "tls", "keyPassword");
	transport->insecure = transport_flag(draft, tls, "tls", "insecure");
	parse_server_name(draft, tls);
	parse_min_version(draft, tls);
	own->ca = is_none(&transport->ca_file, "system") || transport->ca_file;
	own->cert = is_none(&transport->cert_file, "none") || transport->cert_file;
	own->version = json_get(tls, "minVersion");
	if (transport->key_file && !transport->cert_file)
		refuse(draft, "tls", "keyFile", "a key needs its certificate: set certFile");
	if (transport->key_password && !transport->cert_file)
		refuse(draft, "tls", "keyPassword", "there is no certFile whose key it could open");
	warn_of_tls(draft);
}

static bool is_proxy_url(const char *url)
{
	static const char *const schemes[] = {
		"http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://", "${"};

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (!strncasecmp(url, schemes[i], strlen(schemes[i])) && url[strlen(schemes[i])])
			return true;
	return false;
}

static void parse_proxy(const struct integration_draft *draft, const cJSON *testpanel)
{
	char *proxy = transport_text(draft, testpanel, "", "proxy");

	if (proxy && !strcmp(proxy, "none"))
		*proxy = '\0';
	else if (proxy && !is_proxy_url(proxy))
		refuse(draft, "", "proxy", "must be an http://, https:// or socks5:// URL, or \"none\"");
	draft->integration->transport->proxy = proxy;
}

static void parse_version(const struct integration_draft *draft, const cJSON *testpanel)
{
	static const char *const names[] = {
		[HTTP_VERSION_AUTO] = "auto", [HTTP_VERSION_1_1] = "1.1", [HTTP_VERSION_2] = "2"};
	const cJSON *value = json_get(testpanel, "httpVersion");

	if (!value)
		return;
	for (size_t i = 0; cJSON_IsString(value) && i < sizeof names / sizeof names[0]; i++)
		if (!strcmp(value->valuestring, names[i])) {
			draft->integration->transport->version = (enum http_version)i;
			return;
		}
	refuse(draft, "", "httpVersion", "must be \"auto\", \"1.1\" or \"2\"");
}

void transport_parse(const struct integration_draft *draft)
{
	static const char *const members[] = {"tls", "proxy", "httpVersion", "cookies"};
	const cJSON *testpanel = json_get(draft->data, "testpanel"), *tls = json_get(testpanel, "tls");
	struct transport_own own = {false, false, false};
	bool any = false;

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		any |= json_get(testpanel, members[i]) != NULL;
	if (!any && !draft->defaults->transport)
		return;
	draft->integration->transport = xcalloc(1, sizeof *draft->integration->transport);
	draft->integration->transport->folder = xstrdup_null(draft->defaults->folder);
	if (tls)
		parse_tls(draft, tls, &own);
	parse_proxy(draft, testpanel);
	parse_version(draft, testpanel);
	draft->integration->transport->cookies = transport_flag(draft, testpanel, "", "cookies");
	transport_inherit(draft->integration->transport, draft->defaults->transport, &own);
}

void transport_free(struct http_transport *transport)
{
	if (!transport)
		return;
	free((char *)transport->folder);
	free((char *)transport->ca_file);
	free((char *)transport->cert_file);
	free((char *)transport->key_file);
	free((char *)transport->key_password);
	free((char *)transport->server_name);
	free((char *)transport->proxy);
	free(transport);
}

enum errcode transport_expand(struct request *request, const char *text, bool secret,
	const struct template_scope *scope, const char **out, char **message)
{
	struct template_scope own = *scope;
	struct buffer expanded;
	enum errcode code;

	*out = NULL;
	if (!text)
		return ERR_NONE;
	own.secret = secret;
	buffer_init(&expanded, TEXT_MAX);
	code = template_expand(text, TEMPLATE_PLAIN, &own, &expanded, message);
	*out = request_own(request, buffer_take(&expanded));
	if (!code && secret)
		redactor_add_literal(scope->redactor, *out);
	return code;
}

/* A file may be named by a variable alone, so what it starts from is only found now. */
static enum errcode expand_file(struct request *request, const char *text, const struct template_scope *scope,
	const char **out, char **message)
{
	enum errcode code = transport_expand(request, text, false, scope, out, message);

	if (!code && *out)
		*out = request_own(request, file_from(request->transport.folder, *out));
	return code;
}

enum errcode transport_render(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message)
{
	const struct http_transport *from = in->transport;
	struct http_transport *to = &request->transport;
	enum errcode code;

	request->has_transport = from != NULL;
	if (!from)
		return ERR_NONE;
	*to = *from;
	if ((code = expand_file(request, from->ca_file, scope, &to->ca_file, message)) ||
		(code = expand_file(request, from->cert_file, scope, &to->cert_file, message)) ||
		(code = expand_file(request, from->key_file, scope, &to->key_file, message)) ||
		(code = transport_expand(
			 request, from->key_password, true, scope, &to->key_password, message)) ||
		(code = transport_expand(
			 request, from->server_name, false, scope, &to->server_name, message)) ||
		(code = transport_expand(request, from->proxy, false, scope, &to->proxy, message)))
		return code;
	if (to->proxy)
		redactor_add_url(scope->redactor, to->proxy);
	if (!to->server_name || server_name_valid(to->server_name))
		return ERR_NONE;
	*message = xstrdup("tls.serverName " SERVER_NAME_WRONG);
	return ERR_INTEGRATION_CONFIG_ERROR;
}
