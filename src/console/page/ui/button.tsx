import { Button as AriaButton, type ButtonProps } from 'react-aria-components'

interface Props extends ButtonProps {
  kind?: 'plain' | 'main' | 'danger' | 'quiet'
}

export const Button = ({ kind = 'plain', ...props }: Props) => <AriaButton {...props} className={`button ${kind}`} />
