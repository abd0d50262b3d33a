import { type FormEvent, useState } from 'react'
import type { Settings } from '../../api/operations.ts'
import { useAction } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { Card } from '../../ui/page.tsx'
import { useWords } from '../../words/language.ts'
import { systemWords } from './words.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** What can be changed while the service runs, in all of its processes. */
export function SettingsForm({ settings: { log_level, access_log_sample } }: { settings: Settings }) {
  const words = useWords(systemWords)
  const mayWrite = useMay('system:write')
  const [level, setLevel] = useState<(typeof levels)[number]>(log_level.value)
  const [sample, setSample] = useState(String(access_log_sample.value))
  const change = useAction('changeSettings')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({ body: { log_level: level, access_log_sample: Number(sample) } })
  }
  return (
    <Card title={words.settings}>
      <form onSubmit={submit} className="filters">
        <Choice
          label={`${words.level} (${words.configured}: ${log_level.configured})`}
          value={level}
          options={levels.map(each => [each, each] as const)}
          onChange={setLevel}
        />
        <Field
          label={`${words.sample} (${words.configured}: ${access_log_sample.configured})`}
          value={sample}
          onChange={setSample}
          inputMode="decimal"
        />
        {mayWrite && (
          <Button kind="main" type="submit" isDisabled={change.isPending}>
            {words.apply}
          </Button>
        )}
      </form>
      {change.error && <ErrorBox error={change.error} />}
    </Card>
  )
}
