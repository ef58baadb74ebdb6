#!/bin/bash
# GraphQL against engines that are not ours: npm's graphql behind graphql-http and behind graphql-yoga, through testpanel
# exec. Skipped, and said so, where node and npm are missing or the registry does not answer.
set -u
. tests/check.sh
. tests/executor/engine.sh

engine=$BUILD/graphql-engine
name="GraphQL engines (graphql-http, graphql-yoga)"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	skip "$name" "node and npm are not installed"
	finish
fi
if [ ! -d "$engine/node_modules/graphql-http" ] || [ ! -d "$engine/node_modules/graphql-yoga" ]; then
	mkdir -p "$engine"
	echo '{"private": true}' >"$engine/package.json"
	if ! (cd "$engine" && timeout 90 npm install --ignore-scripts --no-audit --no-fund --no-save --fetch-retries=0 \
		graphql@16.15.0 graphql-http@1.23.1 graphql-yoga@5.24.1) >"$engine/npm.log" 2>&1 </dev/null; then
		rm -rf "$engine/node_modules"
		skip "$name" "the npm registry does not answer"
		finish
	fi
fi
cp tests/executor/graphql_engine.mjs "$engine/server.mjs"

# node ID DOCUMENT [MEMBERS]
node() {
	printf '%s{"id":"%s","type":"integrationNode","data":{"label":"%s","integrationType":"graphql","url":"${GRAPHQL_URL}","graphQLQuery":%s%s}}' \
		"$separator" "$1" "$1" "$(jq -n --arg q "$2" '$q')" "${3:+,$3}"
	separator=,
}
{
	separator=,
	printf '{"nodes":[{"id":"desk","type":"routerNode","data":{"agentName":"Desk"}}'
	node query 'query Booking($number: String!) { booking(number: $number) { number guest nights room { number price } } }' \
		'"graphQLVariables":"{\"number\": \"ABC123\"}"'
	node template 'query Booking($number: String!) { booking(number: $number) { guest } }' \
		'"graphQLVariables":"{\"number\": \"{{wanted}}\"}"'
	node number 'query List($limit: Int) { bookings(limit: $limit) { number } }' '"graphQLVariables":"{\"limit\": {{limit}}}"'
	node anonymous '{ bookings { number guest } }'
	node mutation 'mutation Book($input: BookingInput!) { book(input: $input) { number guest nights } }'
	node traceparent 'query H { header(name: "traceparent") }'
	node auth 'query H { header(name: "authorization") }' '"authType":"bearer","authToken":"tok-123456"'
	node custom 'query H { header(name: "x-test") }' '"headers":"{\"X-Test\": \"yes\"}"'
	node partial '{ booking(number: "ABC123") { number room { number secret } } }'
	node accept 'query H { header(name: "accept") }'
	node mistyped '{ bookings { number } }' '"headers":"{\"Content-Type\": \"text/plain\"}"'
	node by-get 'mutation { cancel(number: "ABC123") }' '"testpanel":{"method":"GET"}'
	node failing '{ always }'
	node unknown '{ nothing }'
	node syntax '{ booking(number: ) { number } }'
	node brackets '{ booking( }'
	node two 'query Ann { booking(number: "ABC123") { guest } } query Zoe { booking(number: "XYZ789") { guest } }' \
		'"testpanel":{"operationName":"Zoe"}'
	node get 'query Booking($number: String!) { booking(number: $number) { guest } }' \
		'"testpanel":{"method":"GET"},"graphQLVariables":"{\"number\": \"XYZ789\"}"'
	node required 'query Booking($number: String!) { booking(number: $number) { guest } }'
	node guarded '{ bookings { number } }' '"authType":"bearer","authToken":"${GUARD_TOKEN}"'
	node locked '{ bookings { number } }'
	node absent '{ booking(number: "none") { number } }'
	printf '],"edges":[]}'
} | jq '(.nodes[] | select(.id == "guarded" or .id == "locked") | .data.url) = "${GUARDED_URL}"' >"$work/engine.json"
export GUARD_TOKEN=tok-123456

# What holds for both.
try_engine() {
	execute 0 query '.data == {"booking": {"number": "ABC123", "guest": "Ann", "nights": 2, "room": {"number": "12", "price": 99.5}}}
		and .source == "graphql" and .attempts[0].status == 200'
	execute 0 query '.data.booking.guest == "Zoë 木"' '{"number": "XYZ789"}'
	execute 0 template '.data.booking.guest == "Ann"' '{"wanted": "ABC123"}'
	execute 0 template '.data.booking == null' '{"wanted": "quote \" and \\ and {{x}}"}'
	execute 0 number '.data.bookings | length == 1' '{"limit": 1}'
	execute 0 anonymous '.data.bookings | length == 2'
	execute 0 mutation '.data.book == {"number": "NEW001", "guest": "Bo", "nights": 3}' '{"input": {"guest": "Bo", "nights": 3}}'
	execute 0 mutation '.data.book.nights == 1' '{"input": {"guest": "Bo"}}'
	execute 1 mutation '.errorCode | test("^GRAPHQL_(400|QUERY_ERROR)$")' '{"input": {"nights": 3}}'
	execute 0 traceparent '.traceId as $t | .data.header | test("^00-" + $t + "-[0-9a-f]{16}-01$")'
	execute 0 auth '.data.header == "[redacted]" or .data.header == "Bearer tok-123456" or .data.header == "Bearer [redacted]"'
	execute 0 custom '.data.header == "yes"'
	execute 0 accept '.data.header == "application/graphql-response+json, application/json;q=0.9"'
	execute 1 mistyped '.retryable == false and (.attempts | length) == 1 and (.attempts[0].status | . >= 400 and . < 500)'
	execute 1 by-get '.errorCode == "INTEGRATION_CONFIG_ERROR" and .attempts == []'
	execute 1 partial '.errorCode == "GRAPHQL_QUERY_ERROR" and .data.booking.number == "ABC123" and .data.booking.room.secret == null
		and (.error | test("not for you"))'
	execute 1 failing '.errorCode == "GRAPHQL_QUERY_ERROR" and (.error | test("always fails")) and (.attempts | length) == 1'
	execute 1 unknown '(.errorCode | test("^GRAPHQL_(400|QUERY_ERROR)$")) and (.error | test("nothing"))'
	execute 1 syntax '(.errorCode | test("^GRAPHQL_(400|QUERY_ERROR)$")) and .retryable == false and (.attempts | length) <= 1'
	execute 1 brackets '.errorCode == "INTEGRATION_CONFIG_ERROR" and .attempts == []'
	execute 0 two '.data.booking.guest == "Zoë 木"'
	execute 0 get '.data.booking.guest == "Zoë 木" and .metadata.method == "GET"'
	execute 0 get '.data.booking.guest == "Ann"' '{"number": "ABC123"}'
	execute 1 required '.errorCode == "GRAPHQL_INVALID_VARIABLES" and .attempts == []'
	execute 0 required '.data.booking.guest == "Ann"' '{"number": "ABC123"}'
	execute 0 guarded '.data.bookings | length == 2'
	execute 1 locked '.errorCode == "GRAPHQL_401"'
	for id in query guarded; do
		# shellcheck disable=SC2086
		check "introspect $id" grep -q '^  booking(number: String!): Booking$' \
			<(timeout 30 $TESTPANEL exec "$work/engine.json" $id --introspect 2>&1)
	done
	# shellcheck disable=SC2086
	check "introspect locked" grep -q 'GRAPHQL_401' <(timeout 30 $TESTPANEL exec "$work/engine.json" locked --introspect 2>&1)
	execute 0 absent '.data == {"booking": null}'
}

for engine_name in graphql-http graphql-yoga; do
	engine_start "$engine_name" env node "$engine/server.mjs" $engine_name || continue
	export GRAPHQL_URL=$engine_url GUARDED_URL=${engine_url%/graphql}/guarded
	try_engine
	engine_stop
	execute 1 anonymous '.errorCode == "GRAPHQL_NETWORK_ERROR"'
done

finish
