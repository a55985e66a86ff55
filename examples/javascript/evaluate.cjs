// Evaluate a network file with ONNX Runtime alone: points on standard input, one a line, in the order and units of the card.
// Prints for each the values, their uncertainties and the reach, which is at most 1 inside the training region.
//
//   npm install onnxruntime-node
//   echo "2000 3000 13000 1" | node evaluate.cjs network.onnx

const fs = require("fs");
const ort = require("onnxruntime-node");

async function main(path) {
  const lines = fs.readFileSync(0, "utf8").split("\n").filter((line) => line.trim());
  const rows = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  const parameters = new ort.Tensor("float64", Float64Array.from(rows.flat()), [rows.length, rows[0].length]);
  const { value, uncertainty, reach } = await session.run({ parameters });
  rows.forEach((_, row) => {
    const numbers = [value, uncertainty, reach].flatMap(({ data }) => {
      const count = data.length / rows.length;
      return Array.from(data.subarray(row * count, (row + 1) * count));
    });
    console.log(numbers.join(" "));
  });
}

main(process.argv[2]).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
