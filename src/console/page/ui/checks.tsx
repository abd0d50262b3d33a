interface Props<Value extends string> {
  label: string
  /** Options that belong together. */
  groups: readonly (readonly Value[])[]
  /** The option that holds all the others. */
  all: Value
  chosen: readonly Value[]
  onChange: (chosen: Value[]) => void
}

/** Any of many, which are called as the API calls them. */
export function Checks<Value extends string>({ label, groups, all, chosen, onChange }: Props<Value>) {
  const hasAll = chosen.includes(all)
  const set = (option: Value, isChosen: boolean) => {
    if (option === all) onChange(isChosen ? [all] : [])
    else onChange(isChosen ? [...chosen, option] : chosen.filter(each => each !== option))
  }
  return (
    <fieldset className="checks">
      <legend>{label}</legend>
      <div className="check-groups">
        {groups.map(options => (
          <div key={options[0]}>
            {options.map(option => (
              <label key={option}>
                <input
                  type="checkbox"
                  checked={hasAll || chosen.includes(option)}
                  disabled={hasAll && option !== all}
                  onChange={({ target }) => set(option, target.checked)}
                />
                <code>{option}</code>
              </label>
            ))}
          </div>
        ))}
      </div>
    </fieldset>
  )
}
