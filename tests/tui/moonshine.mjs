// A transcription server that is not ours: Moonshine (Useful Sensors, 2024), a small neural model with OpenAI's audio API in
// front of it. The first argument is the folder of the model. Prints its address and serves until it is ended; what it was
// asked goes to standard error, a line of JSON each.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import * as ort from 'onnxruntime-web';
import tokenizer from 'llama-tokenizer-js';

const LAYERS = 6, HEADS = 8, HEAD_LEN = 36; // of its size "tiny"
const START = 1, END = 2, TOKENS_A_SECOND = 6.5, RATE_HZ = 16000, WAV_HEADER_BYTES = 44;

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const session = (name) =>
	ort.InferenceSession.create(fs.readFileSync(path.join(process.argv[2], name)), { executionProviders: ['wasm'] });
const encoder = await session('encoder_model.onnx');
const decoder = await session('decoder_model_merged.onnx');

function nothingYet() {
	const past = {};
	for (let layer = 0; layer < LAYERS; layer++)
		for (const side of ['decoder', 'encoder'])
			for (const part of ['key', 'value'])
				past[`past_key_values.${layer}.${side}.${part}`] = new ort.Tensor('float32', [], [0, HEADS, 1, HEAD_LEN]);
	return past;
}

// samples: Float32Array, -1 to 1, mono, 16 kHz. The likeliest token each time.
async function transcribe(samples) {
	const sound = await encoder.run({ input_values: new ort.Tensor('float32', samples, [1, samples.length]) });
	const past = nothingYet(), tokens = [START];
	for (let most = samples.length / RATE_HZ * TOKENS_A_SECOND; tokens.length < most;) {
		const answer = await decoder.run({
			input_ids: new ort.Tensor('int64', [BigInt(tokens.at(-1))], [1, 1]),
			encoder_hidden_states: sound.last_hidden_state,
			use_cache_branch: new ort.Tensor('bool', [tokens.length > 1]),
			...past,
		});
		const token = answer.logits.data.reduce((best, x, i, all) => (x > all[best] ? i : best), 0);
		if (token === END)
			break;
		for (const name of Object.keys(past))
			if (tokens.length === 1 || name.includes('decoder'))
				past[name] = answer[name.replace('past_key_values', 'present')];
		tokens.push(token);
	}
	return tokenizer.decode(tokens).trim();
}

const server = http.createServer(async (request, response) => {
	const chunks = [];
	for await (const chunk of request)
		chunks.push(chunk);
	const form = await new Response(Buffer.concat(chunks), { headers: request.headers }).formData();
	const file = form.get('file'), wav = Buffer.from(await file.arrayBuffer());
	const { text: _, ...fields } = Object.fromEntries(form);
	console.error(JSON.stringify({ ...fields, url: request.url, file: file.name, type: file.type, bytes: wav.length,
		head: wav.toString('latin1', 0, 4), rate: wav.readUInt32LE(24) }));
	const samples = new Float32Array((wav.length - WAV_HEADER_BYTES) / 2)
		.map((_, i) => wav.readInt16LE(WAV_HEADER_BYTES + 2 * i) / 32768);
	response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ text: await transcribe(samples) }));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/v1`));
