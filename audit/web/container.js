// The container: a stored zip that has one spelling (docs/formats/bundle.md). The files are found by
// the directory, or else by the headers, and written again; what differs from that is a defect.

import { Invalid, ascii, encode, same } from "./bytes.js";

const MAX_BYTES = 2 ** 30;
const MAX_FILES = 20_000;
const MAX_NAME = 240;
const LOCAL = 30, CENTRAL = 46, END = 22;
const LOCAL_MARK = 0x04034b50, CENTRAL_MARK = 0x02014b50, END_MARK = 0x06054b50;
const MADE_BY = (3 << 8) | 20, NEEDS = 20, FIRST_DAY = 0x21, FILE_MODE = 0o100644 * 0x10000;
const SEGMENT = "[A-Za-z0-9](?:[A-Za-z0-9._,+-]*[A-Za-z0-9_+-])?";
const NAME = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,3}$`);

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(raw) {
  let value = 0xffffffff;
  for (const byte of raw) value = CRC[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const viewOf = (raw) => new DataView(raw.buffer, raw.byteOffset, raw.byteLength);

function markAt(raw, at) {
  return at >= 0 && at + 4 <= raw.length ? viewOf(raw).getUint32(at, true) : 0;
}

// { files: Map of names to bytes, defects: [{ file, message }] }; Invalid for what is no zip.
export function readContainer(raw) {
  if (raw.length > MAX_BYTES) throw new Invalid(`larger than a bundle may be, ${MAX_BYTES} bytes`);
  if (markAt(raw, 0) !== LOCAL_MARK && markAt(raw, Math.max(0, raw.length - END)) !== END_MARK) {
    throw new Invalid("not a .sijill bundle: neither begins nor ends like a zip");
  }
  const defects = [];
  for (const [spans, what] of [[byDirectory, "its directory"], [byHeaders, "nor can its headers"]]) {
    try {
      return compared(raw, spans(raw), defects);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      defects.push({ file: "", message: `${what} cannot be read: ${error.message}` });
    }
  }
  // What another program packed is not unpacked here: it is not the bundle, whatever it holds.
  return { files: new Map(), defects };
}

function readName(raw) {
  const name = ascii(raw);
  if (name.length > MAX_NAME || !NAME.test(name)) {
    throw new Invalid(`${JSON.stringify(name.slice(0, 80))} cannot name a file of a bundle`);
  }
  return name;
}

function byDirectory(raw) {
  const view = viewOf(raw), end = raw.length - END;
  if (markAt(raw, end) !== END_MARK) throw new Invalid("the end record is missing");
  const count = view.getUint16(end + 10, true);
  const length = view.getUint32(end + 12, true), start = view.getUint32(end + 16, true);
  if (count > MAX_FILES || start + length !== end) {
    throw new Invalid("the end record does not say where the directory is");
  }
  const spans = new Map();
  let at = start, offset = 0;
  for (let number = 0; number < count; number++) {
    if (at + CENTRAL > end) throw new Invalid("the directory is cut short");
    const stored = view.getUint32(at + 20, true), size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = readName(raw.subarray(at + CENTRAL, at + CENTRAL + nameLength));
    const plain = markAt(raw, at) === CENTRAL_MARK && view.getUint16(at + 10, true) === 0;
    if (!plain || stored !== size || view.getUint32(at + 42, true) !== offset) {
      throw new Invalid(`the directory's entry of ${name} is not one of a stored file in a row`);
    }
    const content = offset + LOCAL + nameLength;
    offset = content + size;
    if (offset > start) throw new Invalid(`${name} runs past the directory`);
    addSpan(spans, name, content, offset);
    at += CENTRAL + nameLength;
  }
  if (at !== end || offset !== start) {
    throw new Invalid("the directory does not cover the whole container");
  }
  return spans;
}

function byHeaders(raw) {
  const view = viewOf(raw), spans = new Map();
  let at = 0;
  while (markAt(raw, at) === LOCAL_MARK) {
    if (at + LOCAL > raw.length || spans.size === MAX_FILES) throw new Invalid("cut short");
    const stored = view.getUint32(at + 18, true), size = view.getUint32(at + 22, true);
    const method = view.getUint16(at + 8, true), nameLength = view.getUint16(at + 26, true);
    const name = readName(raw.subarray(at + LOCAL, at + LOCAL + nameLength));
    const content = at + LOCAL + nameLength;
    if (method !== 0 || stored !== size || content + size > raw.length) {
      throw new Invalid(`the header of ${name} is not one of a stored file`);
    }
    addSpan(spans, name, content, content + size);
    at = content + size;
  }
  if (spans.size === 0) throw new Invalid("no file can be found");
  return spans;
}

function addSpan(spans, name, start, end) {
  if (spans.has(name)) throw new Invalid("two files bear one name");
  spans.set(name, [start, end]);
}

function compared(raw, spans, found) {
  const files = new Map(), defects = [...found];
  for (const [name, [start, end]] of spans) files.set(name, raw.subarray(start, end));
  let offset = 0;
  for (const [name, part] of spelled(files)) {
    if (!same(raw.subarray(offset, offset + part.length), part)) {
      const what = name ? "its header or checksum does not fit its content" : "its end record";
      defects.push({ file: name, message: `${what} (at or after byte ${offset})` });
    }
    offset += part.length;
  }
  if (offset !== raw.length) {
    defects.push({ file: "", message: `${raw.length} bytes long, its files make ${offset}` });
  }
  return { files, defects };
}

// The container of these files piece by piece: [file it belongs to, bytes].
function* spelled(files) {
  const first = ["README.txt", "manifest"].filter((name) => files.has(name));
  const rest = [...files.keys()].filter((name) => !first.includes(name)).sort();
  const directory = [];
  let offset = 0;
  for (const name of [...first, ...rest]) {
    const content = files.get(name), encoded = encode(name), crc = crc32(content);
    const header = new Uint8Array(LOCAL + encoded.length), local = viewOf(header);
    local.setUint32(0, LOCAL_MARK, true);
    local.setUint16(4, NEEDS, true);
    local.setUint16(12, FIRST_DAY, true);
    local.setUint32(14, crc, true);
    local.setUint32(18, content.length, true);
    local.setUint32(22, content.length, true);
    local.setUint16(26, encoded.length, true);
    header.set(encoded, LOCAL);
    yield [name, header];
    yield [name, content];
    const record = new Uint8Array(CENTRAL + encoded.length), central = viewOf(record);
    central.setUint32(0, CENTRAL_MARK, true);
    central.setUint16(4, MADE_BY, true);
    central.setUint16(6, NEEDS, true);
    central.setUint16(14, FIRST_DAY, true);
    central.setUint32(16, crc, true);
    central.setUint32(20, content.length, true);
    central.setUint32(24, content.length, true);
    central.setUint16(28, encoded.length, true);
    central.setUint32(38, FILE_MODE, true);
    central.setUint32(42, offset, true);
    record.set(encoded, CENTRAL);
    directory.push([name, record]);
    offset += header.length + content.length;
  }
  yield* directory;
  const end = new Uint8Array(END), view = viewOf(end);
  view.setUint32(0, END_MARK, true);
  view.setUint16(8, files.size, true);
  view.setUint16(10, files.size, true);
  view.setUint32(12, directory.reduce((sum, [, record]) => sum + record.length, 0), true);
  view.setUint32(16, offset, true);
  yield ["", end];
}
