/* A lexer after GraphQL §2.1 and, on top of it, a walk over the definitions that skips what stands between
 * balanced brackets. A document is text from outside: nesting is counted, never recursed into. */
#include "executor/graphql_document.h"

#include "executor/buffer.h"

#include <stdlib.h>
#include <string.h>

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_STRING,
	TOKEN_OTHER, /* a punctuator or a number */
	TOKEN_BAD,   /* an unclosed string */
};

struct token {
	enum token_kind kind;
	const char *start;
	size_t len;
};

struct lexer {
	const char *begin, *at, *end;
	struct token token; /* the current one */
};

#define DEPTH_MAX 1024

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_ignored(const char *p, const char *end)
{
	while (p < end) {
		if (end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
			p += 3;
		else if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == ',')
			p++;
		else if (*p == '#')
			while (p < end && *p != '\n' && *p != '\r')
				p++;
		else
			break;
	}
	return p;
}

/* p stands at the opening quote. Returns the place behind the closing one, NULL where there is none. */
static const char *skip_string(const char *p, const char *end)
{
	if (end - p >= 3 && memcmp(p, "\"\"\"", 3) == 0) {
		for (p += 3; end - p >= 3; p++) {
			if (end - p >= 4 && memcmp(p, "\\\"\"\"", 4) == 0)
				p += 3;
			else if (memcmp(p, "\"\"\"", 3) == 0)
				return p + 3;
		}
		return NULL;
	}
	for (p++; p < end && *p != '\n' && *p != '\r'; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && p + 1 < end)
			p++;
	}
	return NULL;
}

static void lexer_next(struct lexer *lexer)
{
	const char *p = skip_ignored(lexer->at, lexer->end), *start = p, *end = lexer->end;
	enum token_kind kind = TOKEN_OTHER;

	if (p == end) {
		kind = TOKEN_END;
	} else if (is_name_start(*p)) {
		kind = TOKEN_NAME;
		while (p < end && (is_name_start(*p) || is_digit(*p)))
			p++;
	} else if (*p == '"') {
		p = skip_string(p, end);
		kind = p ? TOKEN_STRING : TOKEN_BAD;
		if (!p)
			p = end;
	} else if (is_digit(*p) || *p == '-') {
		for (p++; p < end && (is_digit(*p) || strchr(".eE+-", *p)) && *p; p++)
			;
	} else if (end - p >= 3 && memcmp(p, "...", 3) == 0) {
		p += 3;
	} else {
		p++;
	}
	lexer->token = (struct token){kind, start, (size_t)(p - start)};
	lexer->at = p;
}

static void lexer_start(struct lexer *lexer, const char *text, size_t len)
{
	*lexer = (struct lexer){.begin = text, .at = text, .end = text + len};
	lexer_next(lexer);
}

static bool token_is(const struct lexer *lexer, const char *text)
{
	return lexer->token.len == strlen(text) && memcmp(lexer->token.start, text, lexer->token.len) == 0 &&
		lexer->token.kind != TOKEN_STRING;
}

/* Of the current token. */
static int lexer_line(const struct lexer *lexer)
{
	int line = 1;

	for (const char *p = lexer->begin; p < lexer->token.start; p++)
		line += *p == '\n';
	return line;
}

static char *lexer_error(const struct lexer *lexer, const char *message)
{
	int line = lexer_line(lexer);

	if (lexer->token.kind == TOKEN_END)
		return xasprintf("line %d: %s, found the end", line, message);
	return xasprintf("line %d: %s, found \"%.*s\"", line, message,
		(int)(lexer->token.len < 40 ? lexer->token.len : 40), lexer->token.start);
}

static char *join_tokens(const char *text, size_t len, const char *separator)
{
	struct buffer out;
	struct lexer lexer;

	buffer_init(&out, BUFFER_MAX_TEXT);
	for (lexer_start(&lexer, text, len); lexer.token.kind != TOKEN_END; lexer_next(&lexer)) {
		if (out.len)
			buffer_append_str(&out, separator);
		buffer_append(&out, lexer.token.start, lexer.token.len);
	}
	return buffer_take(&out);
}

/* The current token opens a bracket: goes behind the one that closes it. */
static bool skip_balanced(struct lexer *lexer, char **error)
{
	char open[DEPTH_MAX];
	size_t depth = 0;

	do {
		char c = lexer->token.kind == TOKEN_OTHER ? *lexer->token.start : '\0';

		if (lexer->token.kind == TOKEN_END || lexer->token.kind == TOKEN_BAD) {
			*error = lexer_error(lexer, "expected a closing bracket");
			return false;
		}
		if (c == '{' || c == '(' || c == '[') {
			if (depth == DEPTH_MAX) {
				*error = lexer_error(lexer, "nested too deeply");
				return false;
			}
			open[depth++] = (char)(c == '(' ? ')' : c + 2);
		} else if ((c == '}' || c == ')' || c == ']') && (depth == 0 || c != open[--depth])) {
			*error = lexer_error(lexer, "brackets do not match");
			return false;
		}
		lexer_next(lexer);
	} while (depth > 0);
	return true;
}

/* The current token is what follows "$name:"; goes to the next variable or the closing parenthesis. */
static bool scan_variable_type(struct lexer *lexer, struct graphql_variable *variable, char **error)
{
	const char *start = lexer->token.start, *end = NULL;
	bool bang = false, fallback = false;

	while (!token_is(lexer, "$") && !token_is(lexer, ")")) {
		if (lexer->token.kind == TOKEN_END || lexer->token.kind == TOKEN_BAD) {
			*error = lexer_error(lexer, "expected a type or \")\"");
			return false;
		}
		if (token_is(lexer, "@"))
			break;
		if (token_is(lexer, "=")) {
			fallback = true;
			end = end ? end : lexer->token.start;
		} else if (!fallback) {
			bang = token_is(lexer, "!");
		}
		if (token_is(lexer, "[") || token_is(lexer, "{")) {
			if (!skip_balanced(lexer, error))
				return false;
		} else {
			lexer_next(lexer);
		}
	}
	end = end ? end : lexer->token.start;
	variable->required = bang && !fallback;
	variable->type = join_tokens(start, (size_t)(end - start), "");
	while (!token_is(lexer, "$") && !token_is(lexer, ")") && lexer->token.kind != TOKEN_END) {
		if (!token_is(lexer, "("))
			lexer_next(lexer);
		else if (!skip_balanced(lexer, error))
			return false;
	}
	return true;
}

/* The current token is the "(" behind the operation's name. */
static bool scan_variables(struct lexer *lexer, struct graphql_operation *operation, char **error)
{
	lexer_next(lexer);
	while (token_is(lexer, "$")) {
		struct graphql_variable *variable;

		lexer_next(lexer);
		if (lexer->token.kind != TOKEN_NAME) {
			*error = lexer_error(lexer, "expected a variable's name");
			return false;
		}
		operation->variables = xreallocarray(
			operation->variables, operation->variable_count + 1, sizeof(*operation->variables));
		variable = &operation->variables[operation->variable_count++];
		*variable = (struct graphql_variable){
			.name = xstrndup(lexer->token.start, lexer->token.len), .line = lexer_line(lexer)};
		lexer_next(lexer);
		if (!token_is(lexer, ":")) {
			*error = lexer_error(lexer, "expected \":\" and a type");
			return false;
		}
		lexer_next(lexer);
		if (!scan_variable_type(lexer, variable, error))
			return false;
	}
	if (!token_is(lexer, ")")) {
		*error = lexer_error(lexer, "expected \"$\" or \")\"");
		return false;
	}
	lexer_next(lexer);
	return true;
}

/* Directives may stand before the selection set. */
static bool skip_to_selection(struct lexer *lexer, char **error)
{
	while (!token_is(lexer, "{")) {
		if (token_is(lexer, "@")) {
			lexer_next(lexer);
		} else if (lexer->token.kind == TOKEN_NAME) {
			lexer_next(lexer);
			if (token_is(lexer, "(") && !skip_balanced(lexer, error))
				return false;
		} else {
			*error = lexer_error(lexer, "expected a selection set in braces");
			return false;
		}
	}
	return skip_balanced(lexer, error);
}

static struct graphql_operation *add_operation(struct graphql_document *document, const char *type)
{
	document->operations = xreallocarray(
		document->operations, document->operation_count + 1, sizeof(*document->operations));
	document->operations[document->operation_count] = (struct graphql_operation){.type = type};
	return &document->operations[document->operation_count++];
}

static bool scan_operation(struct lexer *lexer, struct graphql_operation *operation, char **error)
{
	lexer_next(lexer);
	if (lexer->token.kind == TOKEN_NAME) {
		operation->name = xstrndup(lexer->token.start, lexer->token.len);
		lexer_next(lexer);
	}
	if (token_is(lexer, "(") && !scan_variables(lexer, operation, error))
		return false;
	return skip_to_selection(lexer, error);
}

static bool scan_definition(struct lexer *lexer, struct graphql_document *document, char **error)
{
	static const char *const types[] = {"query", "mutation", "subscription"};

	if (token_is(lexer, "{")) {
		add_operation(document, "query");
		return skip_balanced(lexer, error);
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (token_is(lexer, types[i]))
			return scan_operation(lexer, add_operation(document, types[i]), error);
	if (token_is(lexer, "fragment")) {
		lexer_next(lexer);
		return skip_to_selection(lexer, error);
	}
	*error = lexer_error(lexer, "expected query, mutation, subscription, fragment or \"{\"");
	return false;
}

bool graphql_document_scan(const char *text, size_t len, struct graphql_document *document, char **error)
{
	struct lexer lexer;
	bool ok = true;

	*document = (struct graphql_document){0};
	lexer_start(&lexer, text, len);
	while (ok && lexer.token.kind != TOKEN_END)
		ok = scan_definition(&lexer, document, error);
	if (ok && document->operation_count == 0) {
		*error = lexer_error(&lexer, "expected an operation");
		ok = false;
	}
	if (!ok)
		graphql_document_done(document);
	return ok;
}

void graphql_variable_done(struct graphql_variable *variable)
{
	free(variable->name);
	free(variable->type);
}

void graphql_document_done(struct graphql_document *document)
{
	for (size_t i = 0; i < document->operation_count; i++) {
		struct graphql_operation *operation = &document->operations[i];

		for (size_t j = 0; j < operation->variable_count; j++)
			graphql_variable_done(&operation->variables[j]);
		free(operation->variables);
		free(operation->name);
	}
	free(document->operations);
	*document = (struct graphql_document){0};
}

const struct graphql_operation *graphql_document_operation(
	const struct graphql_document *document, const char *name)
{
	if (!name || !*name)
		return document->operation_count == 1 ? &document->operations[0] : NULL;
	for (size_t i = 0; i < document->operation_count; i++)
		if (document->operations[i].name && strcmp(document->operations[i].name, name) == 0)
			return &document->operations[i];
	return NULL;
}

char *graphql_document_canonical(const char *text, size_t len)
{
	return join_tokens(text, len, " ");
}
