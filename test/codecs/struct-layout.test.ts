/** codecs.struct() against C compilers: what they say of the layout of structs made at random, on several machines. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { layOut, type StructType } from '../../lib/codecs/struct-layout';
import { machineOf } from '../../lib/codecs/struct-scalars';
import { codecs } from '../../lib/index';
import { C_HEADERS, type MadeStruct, makeStruct } from '../support/c-structs';
import { itNeeds, type Need, program } from '../support/needs';
import { withSeed } from '../support/seeded-random';
import { slow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const STRUCTS = 300;

const always: Need = { met: true, reason: '' };

/** C that compiles if, and only if, the layout is this one. */
function assertions({ declaration, names }: MadeStruct, layout: StructType, name: string): string {
  const facts = [
    `sizeof(struct ${name}) == ${layout.size}`,
    `_Alignof(struct ${name}) == ${layout.alignment}`,
    ...names.map((field) => `offsetof(struct ${name}, ${field}) == ${layout.offsets[field]}`),
  ];
  return [declaration(name), ...facts.map((fact) => `_Static_assert(${fact}, "");`)].join('\n');
}

/** Compiles, and runs nothing: so a cross compiler is enough. */
function compile(compiler: string[], source: string): void {
  const file = join(temporaryFolder(), 'layout.c');
  writeFileSync(file, C_HEADERS + source);
  const [command, ...flags] = compiler as [string, ...string[]];
  execFileSync(command, [...flags, '-std=gnu11', '-fsyntax-only', file], { stdio: 'pipe' });
}

const multilib = ['-m32', '-idirafter', '/usr/include/x86_64-linux-gnu'];

/** Nothing is run, so that it takes the headers alone. */
function compiles32Bit(): Need {
  const reason = 'gcc -m32 compiles nothing (Debian package gcc-12-multilib, or of another version of gcc)';
  try {
    compile(['gcc', ...multilib], '');
    return { met: true, reason };
  } catch {
    return { met: false, reason };
  } finally {
    removeTemporaryFolders();
  }
}

const machines: [arch: string, order: 'LE' | 'BE', compiler: string[], need: Need][] = [
  [process.arch, endianness(), ['gcc'], always],
  ['ia32', 'LE', ['gcc', ...multilib], compiles32Bit()],
  ...(
    [
      ['arm', 'LE', 'arm-linux-gnueabihf'],
      ['arm64', 'LE', 'aarch64-linux-gnu'],
      ['ppc64', 'LE', 'powerpc64le-linux-gnu'],
      ['s390x', 'BE', 's390x-linux-gnu'],
      ['riscv64', 'LE', 'riscv64-linux-gnu'],
    ] as const
  ).map(([arch, order, triplet]): [string, 'LE' | 'BE', string[], Need] => [
    arch,
    order,
    [`${triplet}-gcc`],
    program(`${triplet}-gcc`, `gcc-${triplet}`),
  ]),
];

describe.each(machines)('structs of %s', (arch, order, compiler, need) => {
  const machine = machineOf(arch, order);

  itNeeds(slow(need), `codecs.struct() lays structs out as ${compiler[0]} does for ${arch}`, async () => {
    await withSeed(async (random) => {
      const source = Array.from({ length: STRUCTS }, (_, index) => {
        const made = makeStruct(random, machine.longBytes === 8 ? 64 : 32);
        const reading = { packed: made.packed, integers: 'bigint', strings: 'utf8', machine } as const;
        return assertions(made, layOut(made.fields, reading, 'fields'), `s${index}`);
      });
      compile(compiler, source.join('\n'));
    });
  });

  itNeeds(need, `the sign of char, and byte order, are those of ${compiler[0]} for ${arch}`, () => {
    compile(
      compiler,
      `_Static_assert(((char)-1 < 0) == ${Number(machine.charIsSigned)}, "");
       _Static_assert(__BYTE_ORDER__ == __ORDER_${order === 'LE' ? 'LITTLE' : 'BIG'}_ENDIAN__, "");`,
    );
  });
});

it('a wrong layout is noticed: the compiler refuses it', () => {
  expect(() => compile(['gcc'], '_Static_assert(sizeof(struct { char a; int b; }) == 5, "");')).toThrow(
    /static assertion failed/,
  );
});

it('structs of structs of codecs.struct(), packed or not, are laid out as C does', () => {
  const packed = codecs.struct({ kind: 'uint8', value: 'uint64' }, { packed: true });
  const plain = codecs.struct({ kind: 'uint8', value: 'uint64' });
  const outer = codecs.struct({ first: 'uint8', packed, many: [packed, 3], plain }, { packed: false });
  const tight = codecs.struct({ first: 'uint8', packed, many: [packed, 3], plain }, { packed: true });
  const of = (name: string, { size, alignment, offsets }: typeof outer): string =>
    [
      `_Static_assert(sizeof(struct ${name}) == ${size}, "");`,
      `_Static_assert(_Alignof(struct ${name}) == ${alignment}, "");`,
      ...Object.entries(offsets).map(
        ([field, offset]) => `_Static_assert(offsetof(struct ${name}, ${field}) == ${offset}, "");`,
      ),
    ].join('\n');
  const members = 'uint8_t first; struct packed packed; struct packed many[3]; struct plain plain;';
  compile(
    ['gcc'],
    `struct packed { uint8_t kind; uint64_t value; } __attribute__((packed));
     struct plain { uint8_t kind; uint64_t value; };
     struct outer { ${members} };
     struct tight { ${members} } __attribute__((packed));
     ${of('outer', outer)}
     ${of('tight', tight as typeof outer)}`,
  );
});
