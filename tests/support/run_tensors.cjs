// Runs a network file on tensors: node run_tensors.cjs FILE.onnx INPUTS.json; prints value and reach as JSON.
const ort = require("onnxruntime-node");
const fs = require("fs");
const KINDS = { float32: Float32Array, bool: Uint8Array };

async function main([file, inputs]) {
  const session = await ort.InferenceSession.create(file);
  const feeds = {};
  for (const [name, { type, dims, data }] of Object.entries(JSON.parse(fs.readFileSync(inputs)))) {
    feeds[name] = new ort.Tensor(type, KINDS[type].from(data), dims);
  }
  const found = await session.run(feeds);
  console.log(JSON.stringify({ value: Array.from(found.value.data), reach: Array.from(found.reach.data) }));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
