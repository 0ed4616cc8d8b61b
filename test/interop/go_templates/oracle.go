// The oracle: runs templates through Go's own text/template. One case a line on standard input, one answer a line.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path"
	"sort"
	"strconv"
	"strings"
	"text/template"
)

type answer struct {
	Out string `json:"out"`
	Err string `json:"err"`
}

func object(text string) (map[string]interface{}, error) {
	var value map[string]interface{}
	err := json.Unmarshal([]byte(text), &value)
	return value, err
}

func array(text string) ([]interface{}, error) {
	var value []interface{}
	err := json.Unmarshal([]byte(text), &value)
	return value, err
}

func mapOf(values ...interface{}) (map[string]interface{}, error) {
	if len(values)%2 != 0 {
		return nil, errors.New("invalid map call")
	}
	made := map[string]interface{}{}
	for i := 0; i < len(values); i += 2 {
		key, ok := values[i].(string)
		if !ok {
			return nil, errors.New("map keys must be strings")
		}
		made[key] = values[i+1]
	}
	return made, nil
}

func reverse(list []string) []string {
	made := []string{}
	for i := len(list) - 1; i >= 0; i-- {
		made = append(made, list[i])
	}
	return made
}

func byLength(list []string) []string {
	sort.SliceStable(list, func(i, j int) bool { return len(list[i]) < len(list[j]) })
	return list
}

func seq(first, last int) []int {
	made := []int{}
	for i := first; i <= last; i++ {
		made = append(made, i)
	}
	return made
}

func getenv(name string, otherwise ...string) string {
	if value := os.Getenv(name); value != "" || len(otherwise) == 0 {
		return value
	}
	return otherwise[0]
}

// What confd offers, by the documentation of the functions of Go's library that it passes on.
var functions = template.FuncMap{
	"base": path.Base, "dir": path.Dir, "split": strings.Split, "join": strings.Join, "toUpper": strings.ToUpper,
	"toLower": strings.ToLower, "contains": strings.Contains, "replace": strings.Replace, "hasSuffix": strings.HasSuffix,
	"trimSuffix": strings.TrimSuffix, "json": object, "jsonArray": array, "map": mapOf, "reverse": reverse,
	"sortByLength": byLength, "seq": seq, "atoi": strconv.Atoi, "parseBool": strconv.ParseBool, "getenv": getenv,
	"add": func(a, b int) int { return a + b }, "sub": func(a, b int) int { return a - b },
	"mul": func(a, b int) int { return a * b }, "div": func(a, b int) int { return a / b },
	"mod":          func(a, b int) int { return a % b },
	"base64Encode": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64Decode": func(s string) (string, error) { b, err := base64.StdEncoding.DecodeString(s); return string(b), err },
}

func run(text string, data interface{}) (string, error) {
	parsed, err := template.New("t").Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return "", err
	}
	return out.String(), nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	encoder := json.NewEncoder(answers)
	encoder.SetEscapeHTML(false)
	for lines.Scan() {
		var one struct {
			Template string      `json:"template"`
			Data     interface{} `json:"data"`
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		out, err := run(one.Template, one.Data)
		made := answer{Out: hex.EncodeToString([]byte(out))} // hex: slices of text need not be UTF-8
		if err != nil {
			made.Err = err.Error()
		}
		encoder.Encode(made)
	}
}
