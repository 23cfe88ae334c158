import { systemClock } from '@p2pd/netif/node'
import { testInternet } from '@p2pd/lab/testing'
import { KernelInternet } from '../../src/kernel/kernel-internet.ts'
import { describeKernel } from './lab.ts'

describeKernel('kernel Internet', () => {
  testInternet('kernel Internet', async (scenario) => {
    const net = await KernelInternet.create({ scenario })
    return {
      clock: systemClock,
      host: (name) => net.host(name),
      run: (work) => work(),
      restart: (box) => net.box(box).restart(),
      close: () => net.close(),
    }
  })
})
