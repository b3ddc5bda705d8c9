// Reads and writes our formats with the code of Go's checksum database, golang.org/x/mod/sumdb.
//
//	peer open VKEY...             notes on standard input
//	peer sign NAME                texts on standard input, each signed with a new key
//	peer check                    proofs on standard input
//	peer file VKEY                proof files on standard input: c2sp.org/tlog-proof, or of growth
//	peer read DIR SIZE ROOT       a log's tiles: proofs of every entry and of growth from every size
//	peer write DIR NAME SIZE      a log of its own, and proofs in it
//
// Standard input and output are lines of JSON, bytes in base64.
package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type opened struct {
	Text    []byte   `json:"text"`
	Signers []string `json:"signers"`
	Unknown []string `json:"unknown"`
	Error   string   `json:"error,omitempty"`
}

type signed struct {
	VKey string `json:"vkey"`
	Note []byte `json:"note"`
}

// A proof that record Index with hash Leaf is in the tree, or, with Old, that the tree grew.
type proof struct {
	Size    int64       `json:"size"`
	Root    tlog.Hash   `json:"root"`
	Index   int64       `json:"index"`
	Leaf    tlog.Hash   `json:"leaf"`
	Old     int64       `json:"old"`
	OldRoot tlog.Hash   `json:"old_root"`
	Hashes  []tlog.Hash `json:"hashes"`
}

func (p proof) check() error {
	if p.Old != 0 {
		return tlog.CheckTree(p.Hashes, p.Size, p.Root, p.Old, p.OldRoot)
	}
	return tlog.CheckRecord(p.Hashes, p.Size, p.Root, p.Index, p.Leaf)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 2 && args[0] == "open":
		return open(args[1:])
	case len(args) == 2 && args[0] == "sign":
		return sign(args[1])
	case len(args) == 1 && args[0] == "check":
		return check()
	case len(args) == 2 && args[0] == "file":
		return files(args[1])
	case len(args) == 4 && args[0] == "read":
		return read(args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "write":
		return write(args[1], args[2], args[3])
	}
	return errors.New("usage: peer open|sign|check|file|read|write ...")
}

func open(vkeys []string) error {
	var known []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return err
		}
		known = append(known, verifier)
	}
	return answer(func(raw []byte) any {
		found, err := note.Open(raw, note.VerifierList(known...))
		if err != nil {
			return opened{Error: err.Error()}
		}
		return opened{Text: []byte(found.Text), Signers: names(found.Sigs), Unknown: names(found.UnverifiedSigs)}
	})
}

func names(signatures []note.Signature) []string {
	found := []string{}
	for _, signature := range signatures {
		found = append(found, fmt.Sprintf("%s+%08x", signature.Name, signature.Hash))
	}
	return found
}

func sign(name string) error {
	return answer(func(text []byte) any {
		vkey, raw, err := signText(name, string(text))
		if err != nil {
			return opened{Error: err.Error()}
		}
		return signed{vkey, raw}
	})
}

func signText(name, text string) (vkey string, raw []byte, err error) {
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", nil, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return "", nil, err
	}
	raw, err = note.Sign(&note.Note{Text: text}, signer)
	return vkey, raw, err
}

func check() error {
	return answer(func(p proof) any {
		if err := p.check(); err != nil {
			return opened{Error: err.Error()}
		}
		return opened{}
	})
}

// A proof file, and what it is about: the entry, or the root of the old tree.
type file struct {
	File    []byte    `json:"file"`
	Entry   []byte    `json:"entry"`
	OldRoot tlog.Hash `json:"old_root"`
}

func files(vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	return answer(func(given file) any {
		if err := given.check(verifier); err != nil {
			return opened{Error: err.Error()}
		}
		return opened{}
	})
}

func (given file) check(log note.Verifier) error {
	head, checkpoint, found := strings.Cut(string(given.File), "\n\n")
	if !found {
		return errors.New("no empty line")
	}
	opened, err := note.Open([]byte(checkpoint), note.VerifierList(log))
	if err != nil {
		return err
	}
	claim := proof{Leaf: tlog.RecordHash(given.Entry), OldRoot: given.OldRoot}
	tree := strings.Split(opened.Text, "\n")
	if len(tree) < 4 || tree[0] != log.Name() {
		return errors.New("no checkpoint of this log")
	}
	if claim.Size, err = strconv.ParseInt(tree[1], 10, 64); err != nil {
		return err
	}
	if claim.Root, err = tlog.ParseHash(tree[2]); err != nil {
		return err
	}
	lines := strings.Split(head, "\n")
	number, word := &claim.Old, "old "
	if lines[0] == "c2sp.org/tlog-proof@v1" {
		lines = lines[1:]
		if strings.HasPrefix(lines[0], "extra ") {
			lines = lines[1:]
		}
		number, word = &claim.Index, "index "
	}
	if !strings.HasPrefix(lines[0], word) {
		return fmt.Errorf("no line %q", word)
	}
	if *number, err = strconv.ParseInt(lines[0][len(word):], 10, 64); err != nil {
		return err
	}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		claim.Hashes = append(claim.Hashes, hash)
	}
	return claim.check()
}

// A folder of C2SP tiles, read as a tile server of height 8 whose paths do not name the height.
type folder string

func (dir folder) Height() int { return height }

func (dir folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(dir.place(tile))
		if errors.Is(err, os.ErrNotExist) {
			full := tile
			full.W = 1 << height
			data, err = os.ReadFile(dir.place(full))
		}
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is too short", dir.place(tile))
		}
		all = append(all, data[:tile.W*tlog.HashSize])
	}
	return all, nil
}

func (dir folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (dir folder) place(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
	return filepath.Join(string(dir), path)
}

func read(dir, sizeText, rootText string) error {
	size, err := strconv.ParseInt(sizeText, 10, 64)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(rootText)
	if err != nil {
		return err
	}
	tree := tlog.Tree{N: size, Hash: root}
	return prove(tree, tlog.TileHashReader(tree, folder(dir)))
}

// Proves what is in a tree, checks each proof, and prints it. Of a large tree, a part.
func prove(tree tlog.Tree, reader tlog.HashReader) error {
	step := tree.N/200 + 1
	out := json.NewEncoder(os.Stdout)
	for at := int64(0); at < tree.N; at += step {
		leaves, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, at)})
		if err != nil {
			return err
		}
		hashes, err := tlog.ProveRecord(tree.N, at, reader)
		if err != nil {
			return err
		}
		included := proof{Size: tree.N, Root: tree.Hash, Index: at, Leaf: leaves[0], Hashes: hashes}
		oldRoot, err := tlog.TreeHash(at+1, reader)
		if err != nil {
			return err
		}
		growth, err := tlog.ProveTree(tree.N, at+1, reader)
		if err != nil {
			return err
		}
		grown := proof{Size: tree.N, Root: tree.Hash, Old: at + 1, OldRoot: oldRoot, Hashes: growth}
		for _, one := range []proof{included, grown} {
			if err := one.check(); err != nil {
				return err
			}
			if err := out.Encode(one); err != nil {
				return err
			}
		}
	}
	return nil
}

func write(dir, name, sizeText string) error {
	size, err := strconv.ParseInt(sizeText, 10, 64)
	if err != nil {
		return err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for number := int64(0); number < size; number++ {
		hashes, err := tlog.StoredHashes(number, []byte(fmt.Sprintf("entry %d", number)), reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	for _, tile := range tlog.NewTiles(height, 0, size) {
		data, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return err
		}
		if err := save(folder(dir).place(tile), data); err != nil {
			return err
		}
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return err
	}
	vkey, checkpoint, err := signText(name, fmt.Sprintf("%s\n%d\n%s\n", name, size, root))
	if err != nil {
		return err
	}
	if err := save(filepath.Join(dir, "checkpoint"), checkpoint); err != nil {
		return err
	}
	if err := save(filepath.Join(dir, "vkey"), []byte(vkey)); err != nil {
		return err
	}
	return prove(tlog.Tree{N: size, Hash: root}, reader)
}

func save(place string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
		return err
	}
	return os.WriteFile(place, data, 0o666)
}

// Answers each line of standard input, in order.
func answer[Question any](reply func(Question) any) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var question Question
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			return err
		}
		if err := out.Encode(reply(question)); err != nil {
			return err
		}
	}
	return lines.Err()
}
