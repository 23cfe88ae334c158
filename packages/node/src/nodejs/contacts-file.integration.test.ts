import { expect, test } from '@jest/globals'
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addContact, removeContact } from '../naming/contacts.ts'
import { defaultContactsFile, loadContacts, updateContacts } from './contacts-file.ts'
import { createIdentity, verifyEd25519 } from './identity.ts'

const { id } = createIdentity()

async function inFolder(run: (file: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-contacts-'))
  try {
    await run(join(folder, 'p2pd', 'contacts.json'), join(folder, 'p2pd'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const add = (file: string, name: string) =>
  updateContacts((contacts) => addContact(contacts, { name, target: id }, verifyEd25519), file)

test('without a file there are no contacts; the first makes it, for its owner alone', () =>
  inFolder(async (file, folder) => {
    expect((await loadContacts(file)).size).toBe(0)
    expect([...(await add(file, 'alice'))]).toEqual([['alice', { target: id }]])
    expect(await readFile(file, 'utf8')).toBe(`{\n  "alice": "${id}"\n}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['contacts.json'])
    await updateContacts((contacts) => removeContact(contacts, 'alice'), file)
    expect((await loadContacts(file)).size).toBe(0)
  }))

test('of many who add at once nobody is lost', () =>
  inFolder(async (file, folder) => {
    const names = Array.from({ length: 30 }, (_, index) => `peer${index}`)
    await Promise.all(names.map((name) => add(file, name)))
    expect([...(await loadContacts(file)).keys()]).toEqual(names.sort())
    expect(await readdir(folder)).toEqual(['contacts.json'])
  }))

test('a change that is refused leaves the file as it was, and nothing beside it', () =>
  inFolder(async (file, folder) => {
    await add(file, 'alice')
    await expect(add(file, 'a b')).rejects.toMatchObject({ code: 'NODE_BAD_CONTACT' })
    expect([...(await loadContacts(file)).keys()]).toEqual(['alice'])
    expect(await readdir(folder)).toEqual(['contacts.json'])
  }))

test("what a killed program left behind is in nobody's way", () =>
  inFolder(async (file, folder) => {
    await add(file, 'alice')
    const lock = `${file}.lock`
    await writeFile(lock, '{"al')
    await utimes(lock, 0, 0)
    await Promise.all(['bob', 'carol', 'dave'].map((name) => add(file, name)))
    expect([...(await loadContacts(file)).keys()]).toEqual(['alice', 'bob', 'carol', 'dave'])
    expect(await readdir(folder)).toEqual(['contacts.json'])
  }))

test('a link to a file kept elsewhere stays a link', () =>
  inFolder(async (file, folder) => {
    const elsewhere = join(folder, '..', 'elsewhere.json')
    await add(elsewhere, 'alice')
    await add(file, 'bob')
    await rm(file)
    await symlink(elsewhere, file)
    await add(file, 'carol')
    expect((await lstat(file)).isSymbolicLink()).toBe(true)
    expect([...(await loadContacts(elsewhere)).keys()]).toEqual(['alice', 'carol'])
  }))

test('a bad file is named, and is not overwritten', () =>
  inFolder(async (file, folder) => {
    await add(file, 'alice')
    await writeFile(file, '{"alice"')
    await expect(add(file, 'bob')).rejects.toThrow(`${file}, line 1: it is not JSON`)
    expect(await readFile(file, 'utf8')).toBe('{"alice"')
    await expect(loadContacts(folder)).rejects.toMatchObject({
      code: 'NODE_BAD_CONTACT',
      message: expect.stringContaining(`the contacts file ${folder} can't be used: it is a folder`),
    })
    await expect(add(join(file, 'below'), 'bob')).rejects.toMatchObject({ code: 'NODE_BAD_CONTACT' })
  }))

test('the file is beside the identity', () => {
  expect(defaultContactsFile({ XDG_CONFIG_HOME: '/x', APPDATA: '/x' })).toMatch(/p2pd[/\\]contacts\.json$/)
})

test('I1: fault 20: a file with a byte order mark, and one in UTF-16, as PowerShell writes them, are read and kept', () =>
  inFolder(async (file) => {
    await add(file, 'alice')
    const text = `\uFEFF${await readFile(file, 'utf8')}`
    for (const bytes of [Buffer.from(text), Buffer.from(text, 'utf16le')]) {
      await writeFile(file, bytes)
      expect([...(await add(file, 'bob')).keys()]).toEqual(['alice', 'bob'])
    }
    await writeFile(file, Buffer.from(text.slice(1), 'utf16le'))
    await expect(loadContacts(file)).rejects.toThrow('save it as UTF-8')
  }))
