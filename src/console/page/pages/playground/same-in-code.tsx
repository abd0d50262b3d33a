import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Copy } from '../../ui/copy.tsx'
import { Json } from '../../ui/json.tsx'
import { useWords } from '../../words/language.ts'
import { aiSdkOf, curlOf, type Done, openaiOf } from './snippets.ts'
import { playgroundWords } from './words.ts'

const ways = [
  { id: 'curl', name: 'curl', of: curlOf },
  { id: 'openai', name: 'TypeScript · openai', of: openaiOf },
  { id: 'ai-sdk', name: 'TypeScript · AI SDK', of: aiSdkOf },
] as const

/** What was just done, to be taken into one's own program. */
export function SameInCode({ done }: { done: Done }) {
  const words = useWords(playgroundWords)
  return (
    <details>
      <summary>{words.code}</summary>
      <p className="soft">
        {words.codeKey} <code>BUNKHOUSE_KEY</code>
      </p>
      <Tabs className="tabs">
        <TabList aria-label={words.code} className="tab-list">
          {ways.map(({ id, name }) => (
            <Tab key={id} id={id}>
              {name}
            </Tab>
          ))}
        </TabList>
        {ways.map(({ id, name, of }) => (
          <TabPanel key={id} id={id}>
            <Json value={of(done)} label={name} />
            <Copy text={of(done)} />
          </TabPanel>
        ))}
      </Tabs>
    </details>
  )
}
