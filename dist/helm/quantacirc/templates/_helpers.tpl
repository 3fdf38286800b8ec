{{/* The reference of an image: its own registry and tag, or those that all images built with the system have. */}}
{{- define "quantacirc.image" -}}
{{- $common := .root.Values.image -}}
{{- $tag := .image.tag -}}
{{- if not (and .image.registry .image.digest) -}}
{{- $tag = coalesce .image.tag $common.tag .root.Chart.AppVersion -}}
{{- end -}}
{{- coalesce .root.Values.global.imageRegistry .image.registry $common.registry -}}
/{{ .image.repository }}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with .image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{/* The hash of entries: those in `text`, which is YAML, and those of `more`. */}}
{{- define "quantacirc.digest" -}}
{{- $entries := fromYaml (print .text "\n") -}}
{{- range $key, $item := .more -}}
{{- $_ := set $entries $key $item -}}
{{- end -}}
{{- toRawJson $entries | sha256sum | trunc .length -}}
{{- end -}}

{{/* A size such as 10Gi in bytes. */}}
{{- define "quantacirc.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "P" 1000000000000000 "E" 1000000000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- $number := regexFind "^[0-9.]+([eE][0-9]+)?" . | float64 -}}
{{- mulf $number (get $units (regexFind "[kKMGTPE]i?$" .)) | int64 -}}
{{- end -}}

{{/* Numbered items: how many, what is before and after each number, what is between two items. */}}
{{- define "quantacirc.forEach" -}}
{{- $items := list -}}
{{- range $index := until (index . 0) -}}
{{- $items = append $items (printf "%s%d%s" (index $ 1) $index (index $ 2)) -}}
{{- end -}}
{{- join (index . 3) $items -}}
{{- end -}}
