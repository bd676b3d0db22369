// nodemailer, pooled, on a line-by-line leash: `node pooled.cjs FOLDER PORT CONNECTIONS`, then one line with all mails.
// Every further line "write" (compose and send) or "ready" (send finished bytes) is a round; its answer is the seconds.
"use strict";

const path = require("node:path");
const readline = require("node:readline");

const [folder, port, connections] = process.argv.slice(2);
const nodemailer = require(path.resolve(folder, "node_modules", "nodemailer"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true, pool: true,
  maxConnections: Number(connections), maxMessages: Infinity,
});

let mails = null;

const ways = {
  write: (mail) => transport.sendMail(mail.written),
  ready: (mail) => transport.sendMail({ envelope: mail.envelope, raw: mail.raw }),
};

async function round(way) {
  const began = process.hrtime.bigint();
  let next = 0;
  // Four askers a connection, each with its next mail after an answer: with one its pool stands idle between mails.
  const asker = async () => {
    while (next < mails.length) await ways[way](mails[next++]);
  };
  await Promise.all(Array.from({ length: 4 * Number(connections) }, asker));
  return Number(process.hrtime.bigint() - began) / 1e9;
}

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  if (mails === null) {
    mails = JSON.parse(line);
    console.log("taken");
  } else {
    console.log(await round(line));
  }
});
lines.on("close", () => transport.close());
