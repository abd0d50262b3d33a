{{- define "bunkhouse.name" -}}
{{- if contains "bunkhouse" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-bunkhouse" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "bunkhouse.selector" -}}
app.kubernetes.io/name: bunkhouse
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "bunkhouse.labels" -}}
{{ include "bunkhouse.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "bunkhouse.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "bunkhouse.serviceAccount" -}}
{{- .Values.serviceAccount.existing | default (include "bunkhouse.name" .) -}}
{{- end -}}

{{- /* Fails where values do not go together, which no schema can say. */ -}}
{{- define "bunkhouse.check" -}}
{{- if and (eq .Values.mode "scaled") (not .Values.secret.existing) -}}
{{- fail "mode scaled needs secret.existing: a Secret with DATABASE_URL (postgres://…)" -}}
{{- end -}}
{{- range $kind := list "api" "worker" -}}
{{- with index $.Values $kind "autoscaling" -}}
{{- if lt (int .maxReplicas) (int .minReplicas) -}}
{{- fail (printf "%s.autoscaling.maxReplicas is below minReplicas" $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
