import { testNetwork } from '@p2pd/netif/testing'
import { describeKernel, sharedLab } from './kernel-lab.ts'

describeKernel('kernel Internet', () => {
  const lab = sharedLab({
    scenario: {
      hosts: [
        { name: 'alice', families: ['IPv4', 'IPv6'] },
        { name: 'bob', families: ['IPv4', 'IPv6'] },
      ],
    },
  })

  testNetwork('two hosts', ['IPv4', 'IPv6'], async (family) => {
    const net = await lab()
    const end = (name: string) => {
      const host = net.host(name)
      const isIpv6 = family === 'IPv6'
      return { network: host.network, ip: host.addresses.find((ip) => ip.includes(':') === isIpv6) ?? '' }
    }
    return { alice: end('alice'), bob: end('bob'), settle: (promise) => promise }
  })
})
