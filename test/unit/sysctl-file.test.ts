import { withSettings } from '../../lib/kernel/sysctl-file';

const msgmni = new Map([['kernel.msgmni', '2048']]);
const two = new Map([
  ['kernel.msgmni', '2048'],
  ['kernel.msgmax', '65536'],
]);

describe('withSettings', () => {
  it('begins a new file with a line that says what it is', () => {
    expect(withSettings(undefined, two)).toBe(
      '# Limits of System V message queues; see msgctl(2). Written by sysvmq.\n' +
        'kernel.msgmni = 2048\n' +
        'kernel.msgmax = 65536\n',
    );
  });

  it.each<[what: string, before: string, after: string]>([
    ['an empty file', '', 'kernel.msgmni = 2048\n'],
    ['a file without the setting', 'vm.swappiness = 10\n', 'vm.swappiness = 10\nkernel.msgmni = 2048\n'],
    ['no newline at the end', 'vm.swappiness = 10', 'vm.swappiness = 10\nkernel.msgmni = 2048\n'],
    ['empty lines at the end', 'vm.swappiness = 10\n\n\n', 'vm.swappiness = 10\n\n\nkernel.msgmni = 2048\n'],
    ['a comment only', '# limits\n', '# limits\nkernel.msgmni = 2048\n'],
  ])('adds the setting at the end: %s', (_, before, after) => {
    expect(withSettings(before, msgmni)).toBe(after);
  });

  it.each<[what: string, line: string]>([
    ['as sysctl writes it', 'kernel.msgmni = 5'],
    ['without blanks', 'kernel.msgmni=5'],
    ['with blanks and tabs', '\t kernel.msgmni \t=\t 5 '],
    ['with slashes', 'kernel/msgmni=5'],
    ['without a value', 'kernel.msgmni ='],
  ])('changes the setting where it stands: %s', (_, line) => {
    expect(withSettings(`# before\n${line}\n# after\n`, msgmni)).toBe('# before\nkernel.msgmni = 2048\n# after\n');
  });

  it.each(['-kernel.msgmni = 5', '- kernel/msgmni=5', ' -kernel.msgmni=5'])(
    'changes %j, and leaves it its minus: an error is ignored as before',
    (line) => {
      expect(withSettings(`# before\n${line}\n# after\n`, msgmni)).toBe('# before\n-kernel.msgmni = 2048\n# after\n');
    },
  );

  it('changes the last of several lines, which is the one that counts', () => {
    expect(withSettings('kernel.msgmni = 1\nkernel.msgmax = 2\nkernel/msgmni = 3\n', msgmni)).toBe(
      'kernel.msgmni = 1\nkernel.msgmax = 2\nkernel.msgmni = 2048\n',
    );
  });

  it('changes one setting where it stands and adds another', () => {
    expect(withSettings('a.b = 1\nkernel.msgmax = 5\nc.d = 2\n', two)).toBe(
      'a.b = 1\nkernel.msgmax = 65536\nc.d = 2\nkernel.msgmni = 2048\n',
    );
  });

  it('ends the last line when it changes that', () => {
    expect(withSettings('kernel.msgmni = 5', msgmni)).toBe('kernel.msgmni = 2048\n');
  });

  it.each([
    '# kernel.msgmni = 5',
    '  # kernel.msgmni = 5',
    '; kernel.msgmni = 5',
    '#kernel.msgmni=5',
    'kernel.msgmni2 = 5',
    'kernel.msgmn = 5',
    'akernel.msgmni = 5',
    'kernel.msgmni',
    'kernel.msgmnb = 5',
    'kernel-msgmni = 5',
  ])('takes %j for something else', (line) => {
    expect(withSettings(`${line}\n`, msgmni)).toBe(`${line}\nkernel.msgmni = 2048\n`);
  });

  it('keeps the ends of lines, also of one that it changes', () => {
    expect(withSettings('# a\r\nkernel.msgmni = 5\r\nvm.swappiness = 10\r\n', msgmni)).toBe(
      '# a\r\nkernel.msgmni = 2048\r\nvm.swappiness = 10\r\n',
    );
  });

  it('changes nothing the second time', () => {
    const once = withSettings('# a\nvm.swappiness = 10\nkernel.msgmax=5', two);
    expect(withSettings(once, two)).toBe(once);
  });

  it('takes nothing in a name or a value for a pattern', () => {
    const settings = new Map([['kernel.msgmni', '$& $1']]);
    expect(withSettings('kernelXmsgmni = 5\nkernel.msgmni = 5\n', settings)).toBe(
      'kernelXmsgmni = 5\nkernel.msgmni = $& $1\n',
    );
  });
});
