import './styles/base.css'
import './styles/parts.css'
import './styles/forms.css'
import './styles/lists.css'
import './styles/shell.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { applyTheme } from './shell/theme.ts'
import { apply as applyLanguage } from './words/language.ts'

applyTheme()
applyLanguage()
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
