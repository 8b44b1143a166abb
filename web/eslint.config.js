import js from '@eslint/js'
import vueI18n from '@intlify/eslint-plugin-vue-i18n'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

export default ts.config(
    { ignores: ['dist', 'src/api/schema.d.ts'] },
    js.configs.recommended,
    ...ts.configs.strict,
    ...vue.configs['flat/recommended'],
    {
        files: ['**/*.vue'],
        languageOptions: { parserOptions: { parser: ts.parser } },
    },
    {
        plugins: { '@intlify/vue-i18n': vueI18n },
        languageOptions: { globals: globals.browser },
        rules: {
            // Punctuation and units are the same in every language we speak.
            '@intlify/vue-i18n/no-raw-text': [
                'error',
                { ignorePattern: '^[\\d↵\\s\\-–—·•#:/|()%×,.=→~+?]+$', ignoreText: ['', 'Nerve', 'L', 'd', 'i', 'Ctrl'] },
            ],
            'vue/multi-word-component-names': 'off',
            'vue/require-default-prop': 'off',
            'vue/component-api-style': ['error', ['script-setup']],
            'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
            'vue/no-v-html': 'error',
            'vue/no-unused-refs': 'error',
            // The type checker knows every global; this rule does not.
            'no-undef': 'off',
        },
    },
    prettier,
)
