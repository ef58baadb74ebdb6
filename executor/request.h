/* A request being made from an integration and its arguments: URL, headers, body. Its memory is used again by
 * the next one. Private to executor/. */
#ifndef EXECUTOR_REQUEST_H
#define EXECUTOR_REQUEST_H

#include "executor/http.h"
#include "executor/integration.h"
#include "executor/oauth2.h"
#include "executor/template.h"

struct request {
	const char *method; /* the integration's, or a literal */
	struct buffer url, body;
	bool has_body;
	struct http_header *headers; /* values are the integration's, literals, or among owned */
	size_t header_count, header_capacity;
	struct http_transport transport;
	bool has_transport;
	struct oauth2_client oauth2;
	bool has_oauth2;
	char **owned;
	size_t owned_count, owned_capacity;
};

void request_init(struct request *request);
void request_reset(struct request *request);
void request_done(struct request *request);

/* Fills in the URL. ERR_URL_NOT_ALLOWED where it comes out as neither http nor https. */
enum errcode request_set_url(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message);
/* Appends name=value to the URL's query; objects and arrays as JSON. */
void request_add_query(struct request *request, const cJSON *argument);
/* The integration's own headers and authentication, and Content-Type: application/json where they name no
 * other and has_body says that there will be something of a type. */
enum errcode request_add_headers(struct request *request, const struct integration *in,
	const struct template_scope *scope, char **message);
/* name and value stay until the request is reset. */
void request_add_header(struct request *request, const char *name, const char *value, bool secret);
/* The same, in the place of one of that name. */
void request_set_header(struct request *request, const char *name, const char *value, bool secret);
/* text lives as long as the request from now on; returns it. */
const char *request_own(struct request *request, char *text);
/* NULL when there is none. Case of name does not matter. */
const char *request_header(const struct request *request, const char *name);
/* True when a template of the node names this argument, so that it needs no other way out. */
bool request_names_argument(const struct integration *in, const char *name);
/* Appends "name=value" as in a query or a form; "&" is the caller's. */
void request_append_pair(struct buffer *out, const cJSON *argument);

#endif
