/* GraphQL documents. The whole input is one. What is found in it stands in it; a document that is only laid
 * out otherwise has the same operations; its canonical form is its own. */
#include "executor/graphql_document.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_name(const char *name, const char *text, size_t len)
{
	FUZZ_CHECK(*name &&
			strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
				strlen(name),
		"\"%s\" is no name", name);
	FUZZ_CHECK(memmem(text, len, name, strlen(name)), "\"%s\" is not in the document", name);
}

static void check_document(const struct graphql_document *document, const char *text, size_t len)
{
	FUZZ_CHECK(document->operation_count > 0, "a document without operations");
	for (size_t i = 0; i < document->operation_count; i++) {
		const struct graphql_operation *operation = &document->operations[i];

		FUZZ_CHECK(!strcmp(operation->type, "query") || !strcmp(operation->type, "mutation") ||
				!strcmp(operation->type, "subscription"),
			"%s", operation->type);
		if (operation->name)
			check_name(operation->name, text, len);
		if (operation->name)
			FUZZ_CHECK(
				graphql_document_operation(document, operation->name), "%s", operation->name);
		for (size_t j = 0; j < operation->variable_count; j++)
			check_name(operation->variables[j].name, text, len);
	}
	FUZZ_CHECK((graphql_document_operation(document, NULL) != NULL) == (document->operation_count == 1),
		"%zu operations", document->operation_count);
}

static void check_error(const char *error, const char *text, size_t len)
{
	int line = 0, lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	FUZZ_CHECK(sscanf(error, "line %d: ", &line) == 1 && line >= 1 && line <= lines, "%s", error);
}

static void check_same(const struct graphql_document *a, const struct graphql_document *b)
{
	FUZZ_CHECK(a->operation_count == b->operation_count, "%zu, canonical %zu", a->operation_count,
		b->operation_count);
	for (size_t i = 0; i < a->operation_count; i++) {
		const struct graphql_operation *x = &a->operations[i], *y = &b->operations[i];

		FUZZ_CHECK(x->type == y->type && x->variable_count == y->variable_count, "operation %zu", i);
		FUZZ_CHECK(!strcmp(x->name ? x->name : "", y->name ? y->name : ""), "%s, canonical %s",
			x->name, y->name);
		for (size_t j = 0; j < x->variable_count; j++)
			FUZZ_CHECK(!strcmp(x->variables[j].name, y->variables[j].name) &&
					x->variables[j].required == y->variables[j].required,
				"variable %zu", j);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct graphql_document document, other;
	char *error = NULL, *other_error = NULL, *canonical, *again, *text;
	size_t len;
	bool ok;

	text = fuzz_bytes(&input, &len);
	ok = graphql_document_scan(text, len, &document, &error);
	FUZZ_CHECK(ok == !error, "%s", ok ? error : "no error");
	if (ok)
		check_document(&document, text, len);
	else
		check_error(error, text, len);
	canonical = graphql_document_canonical(text, len);
	FUZZ_CHECK(strlen(canonical) <= 2 * len, "%zu bytes out of %zu", strlen(canonical), len);
	if (!memchr(text, '\0', len)) {
		again = graphql_document_canonical(canonical, strlen(canonical));
		FUZZ_CHECK(!strcmp(canonical, again), "\"%s\" became \"%s\"", canonical, again);
		free(again);
		FUZZ_CHECK(graphql_document_scan(canonical, strlen(canonical), &other, &other_error) == ok,
			"%s%s", canonical, other_error ? other_error : "");
		check_same(&document, &other);
		graphql_document_done(&other);
		free(other_error);
	}
	graphql_document_done(&document);
	free(canonical);
	free(error);
	free(text);
	return 0;
}
