/* What a GraphQL document's operations are, whatever its layout, and that broken ones are refused. */
#include "executor/graphql_document.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "type name(variable variable!)" of every operation, one after the other. */
static char *describe(const struct graphql_document *document)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < document->operation_count; i++) {
		const struct graphql_operation *operation = &document->operations[i];
		char *more = xasprintf("%s%s%s %s(", text, i ? " " : "", operation->type,
			operation->name ? operation->name : "-");

		free(text);
		text = more;
		for (size_t j = 0; j < operation->variable_count; j++) {
			more = xasprintf("%s%s%s%s", text, j ? " " : "", operation->variables[j].name,
				operation->variables[j].required ? "!" : "");
			free(text);
			text = more;
		}
		more = xasprintf("%s)", text);
		free(text);
		text = more;
	}
	return text;
}

Test(graphql_document, operations)
{
	static const struct {
		const char *text, *expected, *comment;
	} cases[] = {
		{"{ a }", "query -()", "shorthand"},
		{"query { a }", "query -()", "anonymous query"},
		{"query A { a }", "query A()", "named"},
		{"mutation B($n: String!) { b(n: $n) { c } }", "mutation B(n!)", "one required variable"},
		{"query C($a: Int, $b: [Int!], $c: [Int]!, $d: Int! = 3) { c }", "query C(a b c! d)",
			"lists and defaults"},
		{"query D($a: I = {x: [1, \"$z)\"]} $b: J! @x(y: 1)) { d }", "query D(a b!)",
			"object default, directive, no commas"},
		{"subscription E @live(x: {a: \"}\"}) { e }", "subscription E()",
			"directive with braces in a string"},
		{"# query X { x }\nquery F { f(s: \"\"\"} \\\"\"\" query Y {\"\"\") }", "query F()",
			"comment and block string"},
		{"fragment G on T { g } query H { ...G } mutation I { i }", "query H() mutation I()",
			"fragment and two operations"},
		{"\xEF\xBB\xBFquery J{j}", "query J()", "byte order mark"},
		{"query query { a }", "query query()", "an operation named like a keyword"},
		{"query K { fragment query mutation }", "query K()", "fields named like keywords"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct graphql_document document;
		char *error = NULL, *text;

		cr_assert(graphql_document_scan(cases[i].text, strlen(cases[i].text), &document, &error),
			"%s: %s", cases[i].comment, error);
		text = describe(&document);
		cr_expect_str_eq(text, cases[i].expected, "%s: got %s", cases[i].comment, text);
		free(text);
		graphql_document_done(&document);
	}
}

Test(graphql_document, variable_types)
{
	static const char text[] = "query Q(\n$a: [ Int ! ]! @x(y: 1)\n# $z\n$b: J = {x: [1]}, $c: ID) { a }";
	static const struct {
		const char *type;
		int line;
	} expected[] = {{"[Int!]!", 2}, {"J", 4}, {"ID", 4}};
	struct graphql_document document;
	char *error = NULL;

	cr_assert(graphql_document_scan(text, sizeof text - 1, &document, &error), "%s", error);
	cr_assert_eq(document.operations[0].variable_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct graphql_variable *variable = &document.operations[0].variables[i];

		cr_expect_str_eq(variable->type, expected[i].type, "%s: %s", variable->name, variable->type);
		cr_expect_eq(variable->line, expected[i].line, "%s: %d", variable->name, variable->line);
	}
	graphql_document_done(&document);
}

Test(graphql_document, refused)
{
	static const struct {
		const char *text, *error, *comment;
	} cases[] = {
		{"", "line 1: expected an operation, found the end", "empty"},
		{"# nothing", "line 1: expected an operation, found the end", "only a comment"},
		{"query {", "line 1: expected a closing bracket, found the end", "unclosed"},
		{"query {\n a )\n}", "line 2: brackets do not match, found \")\"", "crossed brackets"},
		{"select * from t",
			"line 1: expected query, mutation, subscription, fragment or \"{\", found \"select\"",
			"not GraphQL"},
		{"type A { a: Int }",
			"line 1: expected query, mutation, subscription, fragment or \"{\", found \"type\"",
			"a schema"},
		{"query A($: Int) { a }", "line 1: expected a variable's name, found \":\"",
			"nameless variable"},
		{"query A($a Int) { a }", "line 1: expected \":\" and a type, found \"Int\"",
			"variable without colon"},
		{"query A(a: Int) { a }", "line 1: expected \"$\" or \")\", found \"a\"",
			"variable without dollar"},
		{"query A($a: Int", "line 1: expected a type or \")\", found the end",
			"ends in the variables"},
		{"query A", "line 1: expected a selection set in braces, found the end", "no selection"},
		{"{ a(b: \"c) }", "line 1: expected a closing bracket, found \"\"c) }\"", "unclosed string"},
		{"fragment A on B { c }", "line 1: expected an operation, found the end", "fragments alone"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct graphql_document document;
		char *error = NULL;

		cr_expect(!graphql_document_scan(cases[i].text, strlen(cases[i].text), &document, &error),
			"%s", cases[i].comment);
		cr_expect_str_eq(error ? error : "", cases[i].error, "%s: got %s", cases[i].comment, error);
		cr_expect_eq(document.operation_count, 0, "%s", cases[i].comment);
		free(error);
	}
}

Test(graphql_document, depth_is_counted_not_recursed)
{
	size_t n = 1 << 20;
	char *text = xmalloc(n), *error = NULL;
	struct graphql_document document;

	memset(text, '{', n);
	cr_expect(!graphql_document_scan(text, n, &document, &error));
	cr_expect_str_eq(error, "line 1: nested too deeply, found \"{\"");
	free(error);
	free(text);
}

Test(graphql_document, chooses_the_operation)
{
	static const char two[] = "query A { a } mutation B { b }";
	struct graphql_document document;
	char *error = NULL;

	cr_assert(graphql_document_scan(two, strlen(two), &document, &error));
	cr_expect_str_eq(graphql_document_operation(&document, "B")->type, "mutation");
	cr_expect_null(graphql_document_operation(&document, NULL), "two and no name");
	cr_expect_null(graphql_document_operation(&document, "C"), "unknown name");
	graphql_document_done(&document);
	cr_assert(graphql_document_scan(two, 13, &document, &error));
	cr_expect_str_eq(graphql_document_operation(&document, "")->name, "A", "the only one");
	graphql_document_done(&document);
}

Test(graphql_document, canonical)
{
	static const char loose[] = "query  A ( $n:Int! ,) {\n  a(n:$n) # why\n { b, c } }";
	static const char tight[] = "query A($n:Int!){a(n:$n){b c}}";
	char *a = graphql_document_canonical(loose, strlen(loose)),
	     *b = graphql_document_canonical(tight, strlen(tight));

	cr_expect_str_eq(a, b);
	cr_expect_str_eq(b, "query A ( $ n : Int ! ) { a ( n : $ n ) { b c } }");
	free(a);
	free(b);
}
