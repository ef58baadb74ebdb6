// A GraphQL server that is not ours: graphql-js behind graphql-http's reference handler or graphql-yoga, as its argument
// says. Prints its address and serves until it is ended. What a request carried comes back in the data, so that the test
// can see it.
import http from 'node:http';
import { GraphQLError, buildSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { createHandler } from 'graphql-http/lib/use/http';

const schema = buildSchema(`
	type Booking { number: String!, guest: String, nights: Int, room: Room }
	type Room { number: String, price: Float, secret: String }
	input BookingInput { guest: String!, nights: Int = 1 }
	type Query {
		booking(number: String!): Booking
		bookings(limit: Int): [Booking!]!
		header(name: String!): String
		always: String!
	}
	type Mutation { book(input: BookingInput!): Booking!, cancel(number: String!): Boolean! }
`);

const bookings = [
	{ number: 'ABC123', guest: 'Ann', nights: 2, room: { number: '12', price: 99.5,
		secret: () => { throw new GraphQLError('not for you', { extensions: { code: 'FORBIDDEN' } }); } } },
	{ number: 'XYZ789', guest: 'Zoë 木', nights: 1, room: null },
];

const rootValue = {
	booking: ({ number }) => bookings.find((b) => b.number === number) ?? null,
	bookings: ({ limit }) => bookings.slice(0, limit ?? bookings.length),
	header: ({ name }, context) => context.headers[name.toLowerCase()] ?? null,
	always: () => { throw new Error('always fails'); },
	book: ({ input }) => ({ number: 'NEW001', ...input }),
	cancel: ({ number }) => bookings.some((b) => b.number === number),
};

// Yoga hides errors that are not GraphQL's own unless told otherwise, and knows no root value of its own.
const handlers = {
	'graphql-http': () => createHandler({ schema, rootValue, context: (req) => ({ headers: req.raw.headers }) }),
	'graphql-yoga': () => createYoga({
		schema, logging: false, maskedErrors: false, graphqlEndpoint: '*',
		context: ({ request }) => ({ headers: Object.fromEntries(request.headers) }),
		plugins: [{ onExecute: ({ args }) => { args.rootValue = rootValue; } }],
	}),
};
const handler = handlers[process.argv[2]]();
// Below /guarded nobody is let in without the token, who asks for the schema included.
const server = http.createServer((req, res) => {
	if (req.url.startsWith('/guarded') && req.headers.authorization !== 'Bearer tok-123456')
		res.writeHead(401).end();
	else
		handler(req, res);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/graphql`));
